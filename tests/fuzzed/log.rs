//! Bytes as a log of the agent: the reader keeps its place however they come, what the agent wrote is written again as it was, and
//! whatever was read can be told, judged and gone on from.

use std::io::{self, Read};

use imesim::log::conform::judge;
use imesim::log::forecast::forecast;
use imesim::log::reader::{Kind, Reader};
use imesim::log::text::{self, Shown};
use imesim::log::trace::Trace;
use imesim::log::{LogFile, Timeline};
use imesim::profile::Profile;

/// Gives so many bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(room.len());
        room[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// How many records there are.
pub(crate) fn run(data: &[u8]) -> usize {
    let step = usize::from(data.first().copied().unwrap_or(0)) % 64 + 1;
    let (pieces, records) = all(Reader::new(data), data.len());
    let (slowly, _) = all(Reader::new(Slow(data, step)), data.len());
    assert_eq!(slowly, pieces, "{step} bytes at a time");
    let _ = all(Reader::with_limit(data, step), data.len());
    for record in &records {
        let (_, again) = all(Reader::new(format!("{record}\r\n").as_bytes()), record.len() + 2);
        assert_eq!(again.as_slice(), [record.as_str()]);
    }
    told(data);
    records.len()
}

/// All pieces, and the records of the agent's own form that can be told from others whatever they hold.
fn all<R: Read>(mut reader: Reader<R>, length: usize) -> (Vec<String>, Vec<String>) {
    let (mut pieces, mut records, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(piece) = reader.next().expect("memory can be read") {
        assert_eq!(piece.range.start, at, "{piece:?}");
        assert!(piece.range.end > at, "{piece:?} has no length");
        at = piece.range.end;
        if let Kind::Record(entry) = piece.kind
            && entry.is_agents
            && entry.cut_from.is_none()
            && !entry.record.message.contains("LOG[")
            && !entry.record.message.contains("]LOG]")
        {
            records.push(entry.record.to_string());
        }
        pieces.push(format!("{piece:?}"));
    }
    assert_eq!((at, reader.tally().bytes()), (length as u64, length as u64));
    (pieces, records)
}

fn told(data: &[u8]) {
    let profile = Profile::default();
    for file in [LogFile::IntuneManagementExtension, LogFile::AgentExecutor] {
        let (mut timeline, mut trace) = (Timeline::default(), Trace::default());
        timeline.read(file.name(), [Ok(data)]).expect("memory can be read");
        let mut out = String::new();
        text::write(&timeline, Shown::default(), &mut out).expect("it fits into memory");
        trace.read(file.name(), [(file.name().to_owned(), Ok(data))]).expect("memory can be read");
        let judged = judge(&trace, &profile);
        assert!(judged.share().is_none_or(|share| share <= 1_000), "{:?}", judged.share());
        let _ = forecast(&trace, &profile);
    }
}
