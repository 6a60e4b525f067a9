//! Parquet, read back.

use std::fs::File;
use std::path::Path;

use imesim::fleet::export::Format;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::sample::{BUSY, Rows, export, fleet, on_threads, place};

fn of_parquet(path: &Path, name: &str) -> Rows {
    let file = File::open(path.join(format!("{name}.parquet"))).expect("it is there");
    let reader = SerializedFileReader::new(file).expect("it is well formed");
    let schema = reader.metadata().file_metadata().schema_descr();
    let columns = schema.columns().iter().map(|column| column.name().to_owned()).collect();
    let rows = reader.get_row_iter(None).expect("it has rows").map(|row| {
        let row = row.expect("a row is well formed");
        row.get_column_iter().map(|(_, field)| text(field)).collect()
    });
    Rows { columns, rows: rows.collect() }
}

/// A value as it stands in CSV.
fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Long(number) => number.to_string(),
        Field::TimestampMillis(millis) => {
            let date = chrono::DateTime::from_timestamp_millis(*millis).expect("a date");
            date.format("%Y-%m-%dT%H:%M:%SZ").to_string()
        }
        other => panic!("{other:?} is not what our columns hold"),
    }
}

#[test]
fn parquet_holds_what_csv_holds() {
    for (name, service) in [("free", ""), ("busy", BUSY)] {
        let path = place(&format!("parquet-{name}"));
        export(&fleet(700, service), &path, &[Format::Parquet, Format::Csv], on_threads(3));
        for table in ["devices", "load", "curves"] {
            let (csv, parquet) = (Rows::of_csv(&path, table), of_parquet(&path, table));
            assert!(!csv.rows.is_empty());
            assert_eq!(csv, parquet, "{table} of a {name} service");
        }
    }
}

/// A fleet without content has tables without rows.
#[test]
fn tables_without_rows_are_well_formed() {
    let path = place("parquet-empty");
    let scenario = imesim::scenario::Scenario::parse(
        "duration = \"1h\"\n[[population]]\nname = \"pc\"\ncount = 3\n",
        "empty.toml",
        &imesim::scenario::Overrides::default(),
    );
    export(&scenario.expect("it is right"), &path, Format::ALL, on_threads(1));
    for table in ["devices", "curves"] {
        let (csv, parquet) = (Rows::of_csv(&path, table), of_parquet(&path, table));
        assert!(csv.rows.is_empty());
        assert_eq!(csv, parquet);
    }
}
