//! A table as comma-separated values.

use std::fmt::Write as _;
use std::fs::File;
use std::io;

use csv::{ErrorKind, Writer, WriterBuilder};

use super::super::report::date;
use super::table::{Column, Value};

#[derive(Debug)]
pub(super) struct CsvFile {
    writer: Writer<File>,
    /// Room for one value.
    text: String,
}

impl CsvFile {
    pub(super) fn new(file: File, columns: &[Column]) -> io::Result<Self> {
        let mut writer = WriterBuilder::new().buffer_capacity(BUFFER).from_writer(file);
        writer.write_record(columns.iter().map(|column| column.name)).map_err(io_error)?;
        Ok(Self { writer, text: String::new() })
    }

    pub(super) fn row(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        for value in values {
            self.text.clear();
            let text = match value {
                Value::Text(text) => text,
                Value::Number(number) => {
                    // Writing to a string cannot fail.
                    let _ = write!(self.text, "{number}");
                    self.text.as_str()
                }
                Value::Moment(at) => &date(*at),
                Value::Unknown => "",
            };
            self.writer.write_field(text).map_err(io_error)?;
        }
        // Ends the row.
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Bytes that are kept before they are written.
const BUFFER: usize = 1 << 16;

/// What the system said, where it was the system that said it.
fn io_error(error: csv::Error) -> io::Error {
    let kind = error.into_kind();
    let ErrorKind::Io(source) = kind else { return io::Error::other(format!("{kind:?}")) };
    source
}

// Linux alone has a file that is always full.
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_error_at_the_latest_at_the_end() {
        let full = || File::options().write(true).open("/dev/full").expect("Linux has it");
        let columns = [Column::number("number")];
        let mut file = CsvFile::new(full(), &columns).expect("the head is kept for later");
        let error = (0..1_000_000).find_map(|number| file.row(&[Value::Number(number)]).err());
        assert_eq!(error.map(|error| error.kind()), Some(io::ErrorKind::StorageFull));
        let file = CsvFile::new(full(), &columns).expect("the head is kept for later");
        assert_eq!(file.finish().map_err(|error| error.kind()), Err(io::ErrorKind::StorageFull));
    }
}
