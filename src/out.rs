//! The standard streams of the programs. Whoever reads them may go away, as `head` does, and that is no error.

#[cfg(feature = "agent")]
use std::fmt::Display;
use std::io;
#[cfg(feature = "agent")]
use std::io::Write;

/// A reader that has gone away (such as `head`) is no error.
pub(crate) fn ignore_closed_pipe(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("cannot write: {error}")),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line, at once.
#[cfg(feature = "agent")]
pub(crate) fn line(out: &mut impl Write, text: impl Display) -> Result<(), String> {
    ignore_closed_pipe(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Prints a line of many; false if nobody can read it, so that no more need follow.
#[cfg(feature = "agent")]
pub(crate) fn print_while_read(text: impl Display) -> bool {
    writeln!(io::stdout().lock(), "{text}").is_ok()
}

/// Says something to people on the error stream. Where nobody listens, nobody can be told that either.
#[cfg(feature = "agent")]
pub(crate) fn say(text: impl Display) {
    let _unheard = line(&mut io::stderr().lock(), text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reader_that_has_gone_away_is_no_error() {
        assert_eq!(ignore_closed_pipe(Ok(())), Ok(()));
        assert_eq!(ignore_closed_pipe(Err(io::ErrorKind::BrokenPipe.into())), Ok(()));
        let full = ignore_closed_pipe(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(full.starts_with("cannot write: "), "{full}");
    }
}
