//! Every kind of column, damaged files, links, and the limit of memory.

use std::path::PathBuf;

use hdf5_writer::{
    AttributeBuilder, ByteOrder, DatasetBuilder, Datatype, EnumMember, Hdf5Builder, StringEncoding, StringPadding,
    StringSize, WriteOptions,
};
use tempfile::TempDir;

use super::{Member, ReadError, Reader, read};
use crate::Column;
use crate::session::READ_MAX_BYTES;

/// A file of these datasets.
fn file(datasets: Vec<DatasetBuilder>, byte_order: ByteOrder) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("columns.h5");
    let builder = datasets.into_iter().fold(Hdf5Builder::new(), Hdf5Builder::dataset);
    let options = WriteOptions { byte_order, ..WriteOptions::default() };
    std::fs::write(&path, builder.into_plan().unwrap().encode(options).unwrap()).unwrap();
    (folder, path)
}

fn read_column(reader: &Reader, name: &str, n_rows: usize) -> Result<Column, ReadError> {
    match reader.find(name)? {
        Some(Member::Dataset(dataset)) => dataset.column(n_rows),
        _ => panic!("{name} is not a dataset"),
    }
}

fn column_of(dataset: DatasetBuilder, byte_order: ByteOrder, n_rows: usize) -> Result<Column, ReadError> {
    let (_folder, path) = file(vec![dataset], byte_order);
    read(&path, READ_MAX_BYTES, |reader| read_column(reader, "column", n_rows))
}

/// A dataset of these bytes, in little-endian order where there is one.
fn raw(datatype: Datatype, shape: &[u64], bytes: &[u8]) -> DatasetBuilder {
    DatasetBuilder::new("column", datatype, shape).raw_data(bytes)
}

fn refusal(dataset: DatasetBuilder, n_rows: usize) -> String {
    match column_of(dataset, ByteOrder::LittleEndian, n_rows).unwrap_err() {
        ReadError::Unsupported(cause) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn integers_of_every_width_and_order_are_read() {
    for (order, size) in
        [ByteOrder::LittleEndian, ByteOrder::BigEndian].into_iter().flat_map(|o| [1_u8, 2, 4, 8].map(|s| (o, s)))
    {
        for is_signed in [false, true] {
            let bytes: Vec<u8> = [0_u64, 1, 100]
                .iter()
                .flat_map(|value| match order {
                    ByteOrder::LittleEndian => value.to_le_bytes()[..size.into()].to_vec(),
                    ByteOrder::BigEndian => value.to_be_bytes()[8 - usize::from(size)..].to_vec(),
                })
                .collect();
            let datatype = Datatype::FixedPoint { size, signed: is_signed, byte_order: order };
            let column = column_of(raw(datatype, &[3], &bytes), order, 3).unwrap();
            assert_eq!(column, Column::Integer(vec![0, 1, 100]), "{size} bytes, {order:?}");
        }
    }
}

#[test]
fn an_integer_beyond_64_signed_bits_is_not_wrapped() {
    let dataset = DatasetBuilder::typed_data("column", [1], &[u64::MAX]).unwrap();
    assert!(refusal(dataset, 1).contains("2^63"));
}

#[test]
fn reals_of_every_width_are_read() {
    let expected = Column::Real(vec![0.5, -2.0]);
    let little = ByteOrder::LittleEndian;
    let singles = DatasetBuilder::typed_data("column", [2], &[0.5_f32, -2.0]).unwrap();
    assert_eq!(column_of(singles, little, 2).unwrap(), expected);
    let doubles = DatasetBuilder::typed_data("column", [2], &[0.5_f64, -2.0]).unwrap();
    assert_eq!(column_of(doubles, little, 2).unwrap(), expected);
    let big = ByteOrder::BigEndian;
    let bytes: Vec<u8> = [0.5_f64, -2.0].iter().flat_map(|value| value.to_be_bytes()).collect();
    let dataset = raw(Datatype::FloatingPoint { size: 8, byte_order: big }, &[2], &bytes);
    assert_eq!(column_of(dataset, big, 2).unwrap(), expected);
}

#[test]
fn booleans_are_read_as_0_and_1() {
    let member = |name: &str, value: u8| EnumMember { name: name.into(), value: vec![value] };
    let base = Box::new(Datatype::FixedPoint { size: 1, signed: true, byte_order: ByteOrder::LittleEndian });
    let boolean = Datatype::Enum { base, members: vec![member("FALSE", 0), member("TRUE", 1)] };
    let column = column_of(raw(boolean, &[3], &[0, 1, 1]), ByteOrder::LittleEndian, 3).unwrap();
    assert_eq!(column, Column::Integer(vec![0, 1, 1]));
}

#[test]
fn the_names_of_an_enum_are_its_values() {
    for order in [ByteOrder::LittleEndian, ByteOrder::BigEndian] {
        let value = |value: i16| match order {
            ByteOrder::LittleEndian => value.to_le_bytes(),
            ByteOrder::BigEndian => value.to_be_bytes(),
        };
        let member = |name: &str, number| EnumMember { name: name.into(), value: value(number).to_vec() };
        let base = Box::new(Datatype::FixedPoint { size: 2, signed: true, byte_order: order });
        let directions = Datatype::Enum { base, members: vec![member("right", 0), member("left", -2)] };
        let bytes: Vec<u8> = [-2, 0, 7].into_iter().flat_map(value).collect();
        let column = column_of(raw(directions, &[3], &bytes), order, 3).unwrap();
        assert_eq!(column, Column::Text(["left", "right", "7"].map(String::from).to_vec()), "{order:?}");
    }
}

#[test]
fn a_text_too_long_for_a_label_is_not_read() {
    let datatype = Datatype::String {
        size: StringSize::Fixed(2 << 20),
        encoding: StringEncoding::Ascii,
        padding: StringPadding::NullPad,
    };
    assert!(refusal(raw(datatype, &[1], &vec![b'x'; 2 << 20]), 1).contains("2097152 bytes"));
}

#[test]
fn text_of_fixed_and_variable_length_is_read() {
    let expected = Column::Text(vec!["left".into(), "oben, ä".into()]);
    let values = ["left", "oben, ä"];
    let variable = DatasetBuilder::vlen_string_data("column", [2], &values).unwrap();
    assert_eq!(column_of(variable, ByteOrder::LittleEndian, 2).unwrap(), expected);
    let fixed = DatasetBuilder::fixed_string_data("column", [2], &values).unwrap();
    assert_eq!(column_of(fixed, ByteOrder::LittleEndian, 2).unwrap(), expected);
}

#[test]
fn text_that_is_not_utf_8_is_read_as_latin_1() {
    let datatype = Datatype::String {
        size: StringSize::Fixed(4),
        encoding: StringEncoding::Ascii,
        padding: StringPadding::SpacePad,
    };
    let column = column_of(raw(datatype, &[1], b"h\xfct "), ByteOrder::LittleEndian, 1).unwrap();
    assert_eq!(column, Column::Text(vec!["hüt".into()]));
}

#[test]
fn axes_of_length_1_do_not_count() {
    for shape in [vec![3], vec![3, 1], vec![1, 3], vec![1, 3, 1]] {
        let values = DatasetBuilder::typed_data("column", shape.clone(), &[1_i32, 2, 3]).unwrap();
        assert_eq!(column_of(values, ByteOrder::LittleEndian, 3).unwrap(), Column::Integer(vec![1, 2, 3]), "{shape:?}");
        let texts = DatasetBuilder::vlen_string_data("column", shape, &["a", "b", "c"]).unwrap();
        let expected = Column::Text(["a", "b", "c"].map(String::from).to_vec());
        assert_eq!(column_of(texts, ByteOrder::LittleEndian, 3).unwrap(), expected);
    }
    let one = DatasetBuilder::typed_data("column", [], &[7_i32]).unwrap();
    assert_eq!(column_of(one, ByteOrder::LittleEndian, 1).unwrap(), Column::Integer(vec![7]));
}

#[test]
fn two_numbers_per_row_are_vectors_in_either_order() {
    let expected = Column::Vector(vec![[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]);
    let by_row = DatasetBuilder::typed_data("column", [3, 2], &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]).unwrap();
    assert_eq!(column_of(by_row, ByteOrder::LittleEndian, 3).unwrap(), expected);
    let by_axis = DatasetBuilder::typed_data("column", [2, 3], &[1_i64, 2, 3, 10, 20, 30]).unwrap();
    assert_eq!(column_of(by_axis, ByteOrder::LittleEndian, 3).unwrap(), expected);
    let one_row = DatasetBuilder::typed_data("column", [1, 2], &[1.0, 10.0]).unwrap();
    assert_eq!(column_of(one_row, ByteOrder::LittleEndian, 1).unwrap(), Column::Vector(vec![[1.0, 10.0]]));
    let wide = DatasetBuilder::typed_data("column", [2, 2, 3], &[0.0; 12]).unwrap();
    assert!(refusal(wide, 3).contains("[2, 2, 3]"));
}

#[test]
fn of_three_numbers_per_row_those_in_a_plane_are_vectors() {
    let expected = Column::Vector(vec![[1.0, 10.0], [2.0, 20.0]]);
    for by_row in [[1, 10, 5, 2, 20, 5], [1, 5, 10, 2, 5, 20], [5, 1, 10, 5, 2, 20]] {
        let column = DatasetBuilder::typed_data("column", [2, 3], &by_row).unwrap();
        assert_eq!(column_of(column, ByteOrder::LittleEndian, 2).unwrap(), expected, "{by_row:?}");
    }
    let by_axis = DatasetBuilder::typed_data("column", [3, 2], &[1_i32, 2, 10, 20, 5, 5]).unwrap();
    assert_eq!(column_of(by_axis, ByteOrder::LittleEndian, 2).unwrap(), expected);
    let missing = [[1.0, 10.0, f64::NAN], [2.0, 20.0, 5.0]].concat();
    let missing = DatasetBuilder::typed_data("column", [2, 3], &missing).unwrap();
    assert_eq!(column_of(missing, ByteOrder::LittleEndian, 2).unwrap(), expected);
    let in_space = DatasetBuilder::typed_data("column", [2, 3], &[1, 10, 5, 2, 20, 6]).unwrap();
    assert!(refusal(in_space, 2).contains("not in a plane"));
}

#[test]
fn a_type_that_is_not_read_is_named_with_those_that_are() {
    let little = ByteOrder::LittleEndian;
    let list = DatasetBuilder::vlen_sequence_data(
        "column",
        Datatype::FixedPoint { size: 1, signed: false, byte_order: little },
        [1],
        vec![vec![1, 2]],
    );
    let opaque = raw(Datatype::Opaque { size: 2, tag: "x".into() }, &[1], &[0; 2]);
    for (dataset, part) in [(list.unwrap(), "list in each row"), (opaque, "opaque")] {
        let cause = refusal(dataset, 1);
        assert!(cause.contains(part) && cause.contains("floats of 16, 32 and 64 bits"), "{cause}");
    }
}

#[test]
fn all_arrays_of_a_file_share_one_limit_of_memory() {
    let numbers = DatasetBuilder::typed_data("numbers", [10], &[0_i8; 10]).unwrap();
    let texts = DatasetBuilder::vlen_string_data("texts", [1], &["0123456789"]).unwrap();
    let (_folder, path) = file(vec![numbers, texts], ByteOrder::LittleEndian);
    let read_both = |most_bytes| {
        read(&path, most_bytes, |reader| Ok((read_column(reader, "numbers", 10)?, read_column(reader, "texts", 1)?)))
    };
    let needed_bytes = 10 * 24 + 24 + 10;
    // Reads of metadata have a limit of their own, far below.
    assert!(read_both(needed_bytes.max(1 << 16)).is_ok());
    let left = |most_bytes: u64| {
        let limited = read(&path, 1 << 16, |reader| {
            reader.take("", (1 << 16) - most_bytes)?;
            Ok((read_column(reader, "numbers", 10)?, read_column(reader, "texts", 1)?))
        });
        limited.unwrap_err()
    };
    assert_eq!(left(needed_bytes - 1), ReadError::TooLarge("/texts".into()));
    assert_eq!(left(10 * 24 - 1), ReadError::TooLarge("/numbers".into()));
}

#[test]
fn texts_of_attributes_take_of_the_same_memory() {
    let attribute = AttributeBuilder::vlen_strings("texts", &["0123456789", ""]).unwrap();
    let bytes = Hdf5Builder::new().attribute(attribute).into_plan().unwrap().encode(WriteOptions::default()).unwrap();
    let texts = |left_bytes: u64| {
        super::read_bytes(&bytes, 1 << 16, |reader| {
            reader.take("", (1 << 16) - left_bytes)?;
            reader.root()?.texts("texts")
        })
    };
    assert_eq!(texts(12).unwrap(), ["0123456789", ""]);
    assert!(matches!(texts(9), Err(ReadError::TooLarge(_))));
}

#[test]
fn a_file_behind_a_prefix_is_found() {
    let (folder, path) =
        file(vec![DatasetBuilder::typed_data("column", [1], &[7_i32]).unwrap()], ByteOrder::LittleEndian);
    let bytes = std::fs::read(path).unwrap();
    for prefix_bytes in [512, 1024, 2048, 4096] {
        let path = folder.path().join("prefixed.h5");
        std::fs::write(&path, [vec![b' '; prefix_bytes], bytes.clone()].concat()).unwrap();
        assert!(super::is_hdf5(&path).unwrap());
        let column = read(&path, READ_MAX_BYTES, |reader| read_column(reader, "column", 1)).unwrap();
        assert_eq!(column, Column::Integer(vec![7]), "{prefix_bytes}");
    }
    let path = folder.path().join("other.h5");
    std::fs::write(&path, [vec![b' '; 600], bytes].concat()).unwrap();
    assert!(!super::is_hdf5(&path).unwrap());
}

#[test]
fn a_whole_number_of_any_type_is_an_integer() {
    let doubles = DatasetBuilder::typed_data("column", [2, 1], &[3.0, 5.0]).unwrap();
    let (_folder, path) = file(vec![doubles], ByteOrder::LittleEndian);
    let integers = read(&path, READ_MAX_BYTES, |reader| match reader.find("column")? {
        Some(Member::Dataset(dataset)) => dataset.integers(),
        _ => panic!("no dataset"),
    });
    assert_eq!(integers.unwrap(), [3, 5]);
}

#[test]
fn numbers_of_32_bits_are_the_decimals_that_they_stand_for() {
    let datatype = || Datatype::FloatingPoint { size: 4, byte_order: ByteOrder::LittleEndian };
    let numbers = [0.1_f32, 22.5, f32::NAN, -3.2, 16_777_216.0];
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let Ok(Column::Real(values)) = column_of(raw(datatype(), &[5], &bytes), ByteOrder::LittleEndian, 5) else {
        panic!("they are real")
    };
    assert_eq!((values[0], values[1], values[3], values[4]), (0.1, 22.5, -3.2, 16_777_216.0));
    assert!(values[2].is_nan());
    let bytes: Vec<u8> = [0.1_f32, 0.2, 0.3, 0.4].iter().flat_map(|number| number.to_le_bytes()).collect();
    let vectors = column_of(raw(datatype(), &[2, 2], &bytes), ByteOrder::LittleEndian, 2);
    assert!(matches!(vectors, Ok(Column::Vector(vectors)) if vectors[1] == [0.3, 0.4]));
}
