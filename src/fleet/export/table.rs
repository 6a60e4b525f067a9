//! A table: columns, rows, and one file for each format.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::csv::CsvFile;
use super::error::ExportError;
use super::format::Format;
#[cfg(feature = "parquet")]
use super::parquet::ParquetFile;
use crate::time::Wall;

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// There may be rows in which it is unknown.
    pub(super) is_optional: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Number,
    Text,
    /// A moment of UTC, in whole seconds.
    Moment,
}

impl Column {
    pub(super) const fn number(name: &'static str) -> Self {
        Self { name, holds: Holds::Number, is_optional: false }
    }

    pub(super) const fn text(name: &'static str) -> Self {
        Self { name, holds: Holds::Text, is_optional: false }
    }

    pub(super) const fn moment(name: &'static str) -> Self {
        Self { name, holds: Holds::Moment, is_optional: false }
    }

    pub(super) const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

/// What is in one column of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'v> {
    Number(u64),
    Text(&'v str),
    Moment(Wall),
    Unknown,
}

impl Value<'_> {
    /// Whether it may stand in a column.
    pub(super) fn fits(self, column: &Column) -> bool {
        match self {
            Self::Number(_) => column.holds == Holds::Number,
            Self::Text(_) => column.holds == Holds::Text,
            Self::Moment(_) => column.holds == Holds::Moment,
            Self::Unknown => column.is_optional,
        }
    }
}

/// A table that is being written.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    files: Vec<(PathBuf, Form)>,
}

#[derive(Debug)]
enum Form {
    Csv(CsvFile),
    #[cfg(feature = "parquet")]
    Parquet(ParquetFile),
}

impl Table {
    /// Makes the files of a table, which must not be there.
    pub(super) fn create(
        directory: &Path,
        name: &str,
        columns: Vec<Column>,
        formats: &[Format],
    ) -> Result<Self, ExportError> {
        let open = |format: &Format| {
            let path = directory.join(format!("{name}.{format}"));
            match Form::create(&path, *format, &columns) {
                Ok(form) => Ok((path, form)),
                Err(error) => Err(ExportError::write(&path, error)),
            }
        };
        let files = formats.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { columns, files })
    }

    /// Writes one row: a value for each column.
    pub(super) fn row(&mut self, values: &[Value<'_>]) -> Result<(), ExportError> {
        debug_assert_eq!(values.len(), self.columns.len(), "a value for each column");
        debug_assert!(values.iter().zip(&self.columns).all(|(value, column)| value.fits(column)), "{values:?}");
        for (path, form) in &mut self.files {
            form.row(values).map_err(|error| ExportError::write(path, error))?;
        }
        Ok(())
    }

    /// Writes what is left, and gives the paths of the files.
    pub(super) fn finish(self) -> Result<Vec<PathBuf>, ExportError> {
        let end = |(path, form): (PathBuf, Form)| match form.finish() {
            Ok(()) => Ok(path),
            Err(error) => Err(ExportError::write(&path, error)),
        };
        self.files.into_iter().map(end).collect()
    }
}

impl Form {
    fn create(path: &Path, format: Format, columns: &[Column]) -> io::Result<Self> {
        let file = File::create_new(path)?;
        match format {
            Format::Csv => CsvFile::new(file, columns).map(Self::Csv),
            #[cfg(feature = "parquet")]
            Format::Parquet => ParquetFile::new(file, columns).map(Self::Parquet),
        }
    }

    fn row(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        match self {
            Self::Csv(file) => file.row(values),
            #[cfg(feature = "parquet")]
            Self::Parquet(file) => file.row(values),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(file) => file.finish(),
            #[cfg(feature = "parquet")]
            Self::Parquet(file) => file.finish(),
        }
    }
}
