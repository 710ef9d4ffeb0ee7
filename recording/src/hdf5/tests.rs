//! Every kind of column, and files that are damaged.

use std::path::PathBuf;

use hdf5_pure::{EnumTypeBuilder, FileBuilder};
use tempfile::TempDir;

use super::{ReadError, Reader, read};
use crate::Column;
use crate::session::READ_MAX_BYTES;

fn file(fill: impl FnOnce(&mut FileBuilder)) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("columns.h5");
    let mut builder = FileBuilder::new();
    fill(&mut builder);
    builder.write(&path).unwrap();
    (folder, path)
}

fn column(fill: impl FnOnce(&mut FileBuilder)) -> Option<Column> {
    let (_folder, path) = file(fill);
    read(&path, READ_MAX_BYTES, |reader: &Reader| reader.column("column")).unwrap()
}

#[test]
fn integers_of_every_width_are_read() {
    let expected = Some(Column::Integer(vec![0, 1, 100]));
    assert_eq!(column(|file| _ = file.create_dataset("column").with_i8_data(&[0, 1, 100])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_i16_data(&[0, 1, 100])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_i32_data(&[0, 1, 100])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_i64_data(&[0, 1, 100])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_u8_data(&[0, 1, 100])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_u16_data(&[0, 1, 100])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_u32_data(&[0, 1, 100])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_u64_data(&[0, 1, 100])), expected);
}

#[test]
fn an_integer_beyond_64_signed_bits_is_not_wrapped() {
    assert_eq!(column(|file| _ = file.create_dataset("column").with_u64_data(&[u64::MAX])), None);
}

#[test]
fn reals_of_both_widths_are_read() {
    let expected = Some(Column::Real(vec![0.5, -2.0]));
    assert_eq!(column(|file| _ = file.create_dataset("column").with_f32_data(&[0.5, -2.0])), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_f64_data(&[0.5, -2.0])), expected);
}

#[test]
fn booleans_are_read_as_0_and_1() {
    let boolean = EnumTypeBuilder::u8_based().u8_value("FALSE", 0).u8_value("TRUE", 1).build().unwrap();
    let column = column(|file| _ = file.create_dataset("column").with_enum_u8_data(boolean, &[0, 1, 1]));
    assert_eq!(column, Some(Column::Integer(vec![0, 1, 1])));
}

#[test]
fn text_of_fixed_and_variable_length_is_read() {
    let expected = Some(Column::Text(vec!["left".into(), "oben, ä".into()]));
    let values = ["left", "oben, ä"];
    assert_eq!(column(|file| _ = file.create_dataset("column").with_vlen_strings(&values)), expected);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_strings(&values).unwrap()), expected);
}

#[test]
fn references_and_tables_of_numbers_are_not_columns() {
    assert_eq!(column(|file| _ = file.create_dataset("column").with_path_references(&["column"])), None);
    assert_eq!(column(|file| _ = file.create_dataset("column").with_f64_data(&[0.0; 4]).with_shape(&[2, 2])), None);
}

#[test]
fn a_panic_while_reading_becomes_an_error() {
    let (_folder, path) = file(|file| _ = file.create_dataset("column").with_i8_data(&[0]));
    let error = read::<()>(&path, READ_MAX_BYTES, |_| panic!("a structure that makes no sense")).unwrap_err();
    assert!(matches!(&error, ReadError::Damaged(cause) if cause.contains("gave up")), "{error:?}");
}

#[test]
fn all_datasets_of_a_file_share_one_memory_limit() {
    let (_folder, path) = file(|file| {
        file.create_dataset("numbers").with_i8_data(&[0; 10]);
        file.create_dataset("texts").with_vlen_strings(&["0123456789"]);
    });
    let read_both =
        |most_bytes| read(&path, most_bytes, |reader| Ok((reader.column("numbers")?, reader.column("texts")?)));
    let needed_bytes = 10 * 24 + 24 + 10;
    assert!(read_both(needed_bytes).is_ok());
    assert_eq!(read_both(needed_bytes - 1).unwrap_err(), ReadError::TooLarge("/texts".into()));
    assert_eq!(read_both(10 * 24 - 1).unwrap_err(), ReadError::TooLarge("/numbers".into()));
}
