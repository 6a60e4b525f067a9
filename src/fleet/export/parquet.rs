//! A table as Apache Parquet, written column by column, group of rows by group of rows.

use std::fs::File;
use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::table::{Column, Holds, Value};

#[derive(Debug)]
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<File>,
    /// The rows of the group that is not written yet, by column.
    columns: Vec<Cells>,
    rows: usize,
}

impl ParquetFile {
    pub(super) fn new(file: File, columns: &[Column]) -> io::Result<Self> {
        let mut properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        // Numbers mostly grow or stay as they are; texts come again and again.
        for column in columns.iter().filter(|column| column.holds != Holds::Text) {
            let path = ColumnPath::from(column.name);
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
            properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
        let schema = schema(columns).map_err(io_error)?;
        let writer = SerializedFileWriter::new(file, schema, Arc::new(properties.build())).map_err(io_error)?;
        Ok(Self { writer, columns: columns.iter().map(Cells::new).collect(), rows: 0 })
    }

    pub(super) fn row(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        for (cells, value) in self.columns.iter_mut().zip(values) {
            cells.push(*value);
        }
        self.rows += 1;
        if self.rows < GROUP { Ok(()) } else { self.write_group().map_err(io_error) }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group().map_err(io_error)?;
        }
        self.writer.close().map_err(io_error)?;
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        self.rows = 0;
        let mut group = self.writer.next_row_group()?;
        for cells in &mut self.columns {
            let Some(mut column) = group.next_column()? else { break };
            cells.write(column.untyped())?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }
}

/// The most rows of a group: what readers share out among threads, and about 20 MB here.
const GROUP: usize = 1 << 17;

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.holds {
            Holds::Number => (Physical::INT64, LogicalType::integer(64, true)),
            Holds::Text => (Physical::BYTE_ARRAY, LogicalType::String),
            Holds::Moment => (Physical::INT64, LogicalType::timestamp(true, TimeUnit::MILLIS)),
        };
        let repetition = if column.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(column.name, physical).with_logical_type(Some(logical));
        field.with_repetition(repetition).build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("schema").with_fields(fields).build().map(Arc::new)
}

/// One column of a group.
#[derive(Debug)]
struct Cells {
    /// For each row whether it is known, as Parquet wants it: 1 or 0. Only where it can be unknown.
    known: Option<Vec<i16>>,
    values: Values,
}

/// The known values.
#[derive(Debug)]
enum Values {
    Numbers(Vec<i64>),
    /// One after the other in one piece of memory, and where each ends.
    Texts {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
}

impl Cells {
    fn new(column: &Column) -> Self {
        let values = match column.holds {
            Holds::Number | Holds::Moment => Values::Numbers(Vec::new()),
            Holds::Text => Values::Texts { bytes: Vec::new(), ends: Vec::new() },
        };
        Self { known: column.is_optional.then(Vec::new), values }
    }

    fn push(&mut self, value: Value<'_>) {
        let number = match value {
            Value::Number(number) => i64::try_from(number).unwrap_or(i64::MAX),
            Value::Moment(at) => at.unix_millis().div_euclid(1_000) * 1_000,
            Value::Text(_) | Value::Unknown => 0,
        };
        if let Some(known) = &mut self.known {
            known.push(i16::from(value != Value::Unknown));
            if value == Value::Unknown {
                return;
            }
        }
        match &mut self.values {
            Values::Numbers(numbers) => numbers.push(number),
            Values::Texts { bytes, ends } => {
                if let Value::Text(text) = value {
                    bytes.extend_from_slice(text.as_bytes());
                }
                ends.push(bytes.len());
            }
        }
    }

    /// Writes what is there and forgets it.
    fn write(&mut self, writer: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let known = self.known.as_deref();
        match (&mut self.values, writer) {
            (Values::Numbers(numbers), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(numbers, known, None)?;
                numbers.clear();
            }
            (Values::Texts { bytes, ends }, ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let all = ByteArray::from(std::mem::take(bytes));
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let texts = starts.zip(ends.iter()).map(|(start, end)| all.slice(start, end - start));
                writer.write_batch(&texts.collect::<Vec<_>>(), known, None)?;
                ends.clear();
            }
            (Values::Numbers(_) | Values::Texts { .. }, _) => {
                return Err(ParquetError::General("a column of another type".to_owned()));
            }
        }
        if let Some(known) = &mut self.known {
            known.clear();
        }
        Ok(())
    }
}

/// What the system said, where it was the system that said it.
fn io_error(error: ParquetError) -> io::Error {
    let ParquetError::External(source) = error else { return io::Error::other(error) };
    match source.downcast::<io::Error>() {
        Ok(error) => *error,
        Err(source) => io::Error::other(source),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    fn temporary(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("imesim-{}-{name}", std::process::id()))
    }

    #[test]
    fn groups_are_bounded_and_nothing_is_lost_between_them() {
        let path = temporary("groups.parquet");
        let columns = [Column::number("number"), Column::text("text").optional()];
        let mut file = ParquetFile::new(File::create(&path).expect("there is room"), &columns).expect("it is right");
        let count = 2 * GROUP as u64 + 1;
        let text = |number: u64| (!number.is_multiple_of(3)).then(|| number.to_string());
        for number in 0..count {
            let text = text(number);
            let value = text.as_deref().map_or(Value::Unknown, Value::Text);
            file.row(&[Value::Number(number), value]).expect("there is room");
        }
        file.finish().expect("there is room");
        let reader = SerializedFileReader::new(File::open(&path).expect("it is there")).expect("it is well formed");
        let groups = reader.metadata().row_groups().iter().map(|group| group.num_rows());
        assert_eq!(groups.collect::<Vec<_>>(), [GROUP as i64, GROUP as i64, 1]);
        let mut rows = 0_u64;
        for (number, row) in (0..).zip(reader.get_row_iter(None).expect("it has rows")) {
            let fields: Vec<_> = row.expect("it is well formed").into_columns().into_iter().map(|(_, f)| f).collect();
            let wanted = text(number).map_or(parquet::record::Field::Null, parquet::record::Field::Str);
            assert_eq!(fields, [parquet::record::Field::Long(number.cast_signed()), wanted]);
            rows += 1;
        }
        assert_eq!(rows, count);
        std::fs::remove_file(&path).expect("it is ours");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named_as_such() {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let mut file = ParquetFile::new(full, &[Column::number("number")]).expect("nothing is written yet");
        let error = (0..GROUP as u64).find_map(|number| file.row(&[Value::Number(number)]).err());
        let error = error.or_else(|| file.finish().err()).expect("it is full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
