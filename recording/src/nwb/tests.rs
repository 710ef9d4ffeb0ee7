//! Files and arrays that NWB allows or that contradict it.

use std::path::PathBuf;

use super::read::cut_units;
use crate::hdf5::{Attribute, Data, NewDataset, NewGroup, file_bytes};
use crate::{Column, Error, Recording, Tables, Unreadable};

fn dataset(name: &str, data: Data) -> NewDataset {
    NewDataset { name: name.into(), attributes: Vec::new(), data }
}

fn group(name: &str, datasets: Vec<NewDataset>) -> NewGroup {
    NewGroup { name: name.into(), datasets, ..NewGroup::default() }
}

fn reals(name: &str, values: &[f64]) -> NewDataset {
    dataset(name, Data::Column(Column::Real(values.to_vec())))
}

/// Opens a file with these root groups.
fn open_groups(groups: Vec<NewGroup>) -> Result<Recording, Error> {
    open_tables(groups, &Tables::default())
}

fn open_tables(groups: Vec<NewGroup>, tables: &Tables) -> Result<Recording, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("session.nwb");
    let attributes = vec![("nwb_version", Attribute::Text("2.11.0".into()))];
    let bytes = file_bytes(&NewGroup { attributes, groups, ..NewGroup::default() }).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    let opened = Recording::open_with(&path, tables);
    if *tables == Tables::default() {
        // Its bytes in memory give the same.
        assert_eq!(format!("{:?}", Recording::from_nwb(&path, &bytes).ok()), format!("{:?}", opened.as_ref().ok()));
    }
    opened
}

fn units(index: Data) -> NewGroup {
    group("units", vec![reals("spike_times", &[0.2, 0.1, 0.05]), dataset("spike_times_index", index)])
}

fn trials(datasets: Vec<NewDataset>) -> NewGroup {
    let trials = NewGroup {
        attributes: vec![("colnames", Attribute::Texts(vec!["b".into(), "a".into(), "b".into()]))],
        ..group("trials", datasets)
    };
    NewGroup { groups: vec![trials], ..group("intervals", Vec::new()) }
}

fn message(groups: Vec<NewGroup>) -> String {
    open_groups(groups).unwrap_err().to_string()
}

#[test]
fn an_index_of_any_width_cuts_the_same_units() {
    let indices = [
        Data::Index8(vec![0, 2, 2, 3]),
        Data::Index16(vec![0, 2, 2, 3]),
        Data::Index32(vec![0, 2, 2, 3]),
        Data::Index64(vec![0, 2, 2, 3]),
        Data::Column(Column::Integer(vec![0, 2, 2, 3])),
    ];
    for index in indices {
        let recording = open_groups(vec![units(index)]).unwrap();
        assert_eq!(recording.units, [vec![], vec![0.1, 0.2], vec![], vec![0.05]]);
    }
}

#[test]
fn a_file_without_units_says_what_is_absent() {
    assert!(message(vec![group("acquisition", vec![reals("x", &[])])]).contains("no /units;"));
    assert!(message(vec![group("units", vec![reals("id", &[])])]).contains("no /units/spike_times;"));
    let no_index = message(vec![group("units", vec![reals("spike_times", &[0.1])])]);
    assert!(no_index.contains("no /units/spike_times_index, which says where"), "{no_index}");
    let no_row = message(vec![group(
        "units",
        vec![reals("spike_times", &[]), dataset("spike_times_index", Data::Index8(Vec::new()))],
    )]);
    assert!(no_row.contains("no row"), "{no_row}");
}

#[test]
fn a_conversion_that_is_not_one_number_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.nwb");
    let open = |attribute: &'static str, value: Attribute| {
        let mut data = reals("data", &[1.0, 2.0]);
        data.attributes.push((attribute, value));
        let series = group("hand", vec![data, reals("timestamps", &[0.0, 0.1])]);
        let acquisition = NewGroup { groups: vec![series], ..group("acquisition", Vec::new()) };
        std::fs::write(&path, file_bytes(&NewGroup { groups: vec![acquisition], ..NewGroup::default() }).unwrap())
            .unwrap();
        super::read_series(&path, "acquisition/hand")
    };
    assert_eq!(open("conversion", Attribute::Real(0.5)).unwrap().values, [0.5, 1.0]);
    assert_eq!(open("offset", Attribute::Real(1.0)).unwrap().values, [2.0, 3.0]);
    assert_eq!(open("unit", Attribute::Text("cm".into())).unwrap().values, [1.0, 2.0]);
    for (attribute, value, part) in [
        ("conversion", Attribute::Text("0.01".into()), "`conversion` of its `data` is not one number"),
        ("conversion", Attribute::Real(f64::NAN), "`conversion` of its `data` is NaN"),
        ("conversion", Attribute::Real(0.0), "`conversion` of its `data` is 0"),
        ("offset", Attribute::Real(f64::INFINITY), "`offset` of its `data` is inf"),
    ] {
        let message = open(attribute, value).unwrap_err().to_string();
        assert!(message.contains(part) && message.contains("write"), "{message}");
    }
}

#[test]
fn an_index_beyond_the_spikes_names_its_unit() {
    let message = message(vec![units(Data::Index8(vec![1, 200]))]);
    assert!(message.contains("unit 1") && message.contains("200"), "{message}");
}

#[test]
fn columns_follow_colnames_and_ragged_ones_are_only_named() {
    let recording = open_groups(vec![
        units(Data::Index8(vec![3])),
        trials(vec![
            reals("start_time", &[0.0, 1.0]),
            reals("stop_time", &[0.5, 1.5]),
            reals("a", &[1.0, 2.0]),
            dataset("b", Data::Column(Column::Text(vec!["left".into(), "right".into()]))),
            reals("ragged", &[1.0, 2.0, 3.0]),
            dataset("ragged_index", Data::Index8(vec![1, 3])),
            reals("short", &[1.0]),
        ]),
    ])
    .unwrap();
    assert_eq!(recording.trials.column_names().collect::<Vec<_>>(), ["b", "a"]);
    let unreadable: Vec<String> = recording.trials.unreadable.iter().map(Unreadable::to_string).collect();
    assert_eq!(
        unreadable,
        ["ragged (several values per row)", "short (its shape is [1], not one to three values for each of 2 rows)"]
    );
    assert!(
        recording.trials.column("ragged").unwrap_err().to_string().contains("ragged (several values per row), short")
    );
}

#[test]
fn ids_of_trials_are_a_column_unless_they_number_the_rows() {
    let ids_of = |ids: &[i64]| {
        let times = [reals("start_time", &[0.0, 1.0]), reals("stop_time", &[0.5, 1.5])];
        let ids = dataset("id", Data::Column(Column::Integer(ids.to_vec())));
        let recording =
            open_groups(vec![units(Data::Index8(vec![3])), trials(times.into_iter().chain([ids]).collect())]).unwrap();
        let again = Recording::from_nwb("again.nwb", &super::file_bytes(&recording).unwrap()).unwrap();
        assert_eq!(again.trials.columns, recording.trials.columns);
        recording.trials.columns
    };
    assert_eq!(ids_of(&[0, 1]), []);
    assert_eq!(ids_of(&[3, 4])[0].values, Column::Integer(vec![3, 4]));
}

#[test]
fn a_ragged_column_of_one_value_per_row_is_plain() {
    let recording = open_groups(vec![
        units(Data::Index8(vec![3])),
        trials(vec![
            reals("start_time", &[0.0, 1.0]),
            reals("stop_time", &[0.5, 1.5]),
            reals("a", &[3.0, 4.0]),
            dataset("a_index", Data::Index8(vec![1, 2])),
            reals("c", &[3.0, 4.0]),
            dataset("c_index", Data::Index8(vec![0, 2])),
        ]),
    ])
    .unwrap();
    assert_eq!(recording.trials.column("a").unwrap(), &Column::Real(vec![3.0, 4.0]));
    assert_eq!(recording.trials.unreadable.iter().map(|column| &column.name[..]).collect::<Vec<_>>(), ["b", "c"]);
}

#[test]
fn the_names_of_enum_data_are_its_values() {
    let quality = |values: &[i64]| NewDataset {
        attributes: vec![
            ("neurodata_type", Attribute::Text("EnumData".into())),
            ("elements", Attribute::Sibling("quality_elements".into())),
        ],
        ..dataset("quality", Data::Column(Column::Integer(values.to_vec())))
    };
    let of_values = |values: &[i64]| {
        let mut units = units(Data::Index8(vec![1, 2, 3]));
        let names = Column::Text(vec!["good".into(), "mua".into()]);
        units.datasets.extend([quality(values), dataset("quality_elements", Data::Column(names))]);
        open_groups(vec![units]).unwrap()
    };
    let recording = of_values(&[1, 0, 0]);
    assert_eq!(recording.unit_columns[0].values, Column::Text(["mua", "good", "good"].map(String::from).to_vec()));
    assert_eq!(recording.unreadable_units, []);
    let beyond = of_values(&[2, 0, 0]).unreadable_units;
    assert!(beyond[0].to_string().contains("quality (the value 2"), "{beyond:?}");
}

#[test]
fn an_odd_version_of_nwb_is_warned_of_and_another_one_is_named() {
    let open = |version: &str| {
        let attributes = vec![("nwb_version", Attribute::Text(version.into()))];
        let root = NewGroup { attributes, groups: vec![units(Data::Index8(vec![3]))], ..NewGroup::default() };
        Recording::from_nwb("session.nwb", &file_bytes(&root).unwrap())
    };
    for (version, n_warnings) in [("2", 0), ("2.6.0", 0), ("abc", 1), ("", 1)] {
        let warnings = open(version).unwrap().warnings;
        let found = warnings.iter().filter(|warning| warning.contains("nwb_version")).count();
        assert_eq!(found, n_warnings, "{version}: {warnings:?}");
    }
    for (version, what) in [("3.0.0", "NWB 3.0.0"), ("1.0.6", "NWB 1.x")] {
        let error = open(version).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn trials_without_stop_times_are_refused() {
    let message = message(vec![units(Data::Index8(vec![3])), trials(vec![reals("start_time", &[0.0])])]);
    assert!(message.contains("no /intervals/trials/stop_time"), "{message}");
}

#[test]
fn a_file_without_trials_opens_with_an_empty_table() {
    assert!(open_groups(vec![units(Data::Index8(vec![3]))]).unwrap().trials.is_empty());
}

#[test]
fn equal_ends_give_an_empty_unit() {
    assert_eq!(
        cut_units("units", &[0.1, 0.2, 0.05], &[0, 2, 2, 3]).unwrap(),
        [vec![], vec![0.1, 0.2], vec![], vec![0.05]]
    );
}

#[test]
fn ends_must_rise_and_stay_within_the_spikes() {
    for (ends, unit) in [([2, 1, 3], "unit 1"), ([1, 2, 4], "unit 2"), ([-1, 2, 3], "unit 0")] {
        let cause = cut_units("units", &[0.1, 0.2, 0.3], &ends).unwrap_err();
        assert!(cause.contains(unit), "{cause}");
    }
    assert!(cut_units("units", &[0.1, 0.2, 0.3], &[1, 2]).unwrap_err().contains("3 spikes"));
}

#[test]
fn a_spike_time_that_is_too_large_names_its_unit() {
    for (time, part) in
        [(1e300, "1e300, which is too large for a time"), (1.7e18, "for seconds; it is probably in nanoseconds")]
    {
        let cause = cut_units("units", &[0.1, time], &[1, 2]).unwrap_err();
        assert!(cause.starts_with("unit 1 has the spike time") && cause.contains(part), "{cause}");
    }
}

#[test]
fn spike_times_that_are_not_finite_are_left_out_and_counted() {
    let times = [0.2, f64::NAN, 0.3, f64::INFINITY, f64::NAN];
    let units =
        group("units", vec![reals("spike_times", &times), dataset("spike_times_index", Data::Index8(vec![3, 3, 5]))]);
    let recording = open_groups(vec![units]).unwrap();
    assert_eq!(recording.units, [vec![0.2, 0.3], vec![], vec![]]);
    let warning = &recording.warnings[0];
    assert!(warning.starts_with("3 spike time(s) of 2 unit(s), first of unit 0,"), "{warning}");
}

#[test]
fn trial_times_are_kept_as_the_file_has_them() {
    let times = [reals("start_time", &[0.0, f64::NAN, 3.0]), reals("stop_time", &[1.0, f64::INFINITY, 2.0])];
    let table = open_groups(vec![units(Data::Index8(vec![3])), trials(times.into())]).unwrap().trials;
    assert!(table.start_s[1].is_nan());
    assert_eq!(table.stop_s, [1.0, f64::INFINITY, 2.0]);
    // Numbers that are no times are not taken for coarse ones.
    let huge = [reals("start_time", &[0.0, 1e300]), reals("stop_time", &[1.0, 1e300])];
    assert_eq!(open_groups(vec![units(Data::Index8(vec![3])), trials(huge.into())]).unwrap().warnings, [""; 0]);
}

#[test]
fn trials_of_unequal_columns_are_refused() {
    let times = vec![reals("start_time", &[0.0, 1.0]), reals("stop_time", &[1.0])];
    let message = message(vec![units(Data::Index8(vec![3])), trials(times)]);
    assert!(message.contains("2 start times but 1 stop times"), "{message}");
}

/// Units under `/processing/ecephys`, and intervals called `epochs`, as well as what `more` has at the root.
fn tables_elsewhere(more: Vec<NewGroup>) -> Vec<NewGroup> {
    let ecephys = NewGroup { groups: vec![units(Data::Index8(vec![1, 3]))], ..group("ecephys", Vec::new()) };
    let epochs = group("epochs", vec![reals("start_time", &[0.0]), reals("stop_time", &[1.0])]);
    let processing = NewGroup { groups: vec![ecephys], ..group("processing", Vec::new()) };
    let intervals = NewGroup { groups: vec![epochs], ..group("intervals", Vec::new()) };
    [processing, intervals].into_iter().chain(more).collect()
}

#[test]
fn tables_elsewhere_are_named_and_chosen() {
    let refusal = message(tables_elsewhere(Vec::new()));
    assert!(refusal.contains("no /units") && refusal.contains("processing/ecephys/units"), "{refusal}");
    let tables = |units: &str, trials: &str| Tables { units: Some(units.into()), trials: Some(trials.into()) };
    for (units, trials) in [
        ("/processing/ecephys/units", "epochs"),
        ("processing/ecephys/units", "intervals/epochs"),
        ("units", "/intervals/epochs"),
    ] {
        let wanted = tables(units, trials);
        let recording = open_tables(tables_elsewhere(Vec::new()), &wanted).unwrap();
        assert_eq!((recording.units.len(), recording.trials.len()), (2, 1));
        assert_eq!(recording.units_table, "processing/ecephys/units");
        assert_eq!(recording.trials_table, "intervals/epochs");
        assert_eq!(recording.units_tables, ["processing/ecephys/units"]);
        assert_eq!(recording.interval_tables, ["intervals/epochs"]);
    }
    for (wanted, available) in [
        (tables("x", "epochs"), "processing/ecephys/units"),
        (tables("processing/ecephys/units", "x"), "intervals/epochs"),
    ] {
        let error = open_tables(tables_elsewhere(Vec::new()), &wanted).unwrap_err();
        assert!(matches!(&error, Error::UnknownTable { available: named, .. } if named == available), "{error}");
    }
    let both = open_groups(tables_elsewhere(vec![units(Data::Index8(vec![3]))])).unwrap();
    assert_eq!((both.units.len(), both.units_table.as_str()), (1, "units"));
    assert!(both.trials.is_empty() && both.trials_table.is_empty());
    let empty = group("units", vec![reals("spike_times", &[]), dataset("spike_times_index", Data::Index8(Vec::new()))]);
    let refusal = message(tables_elsewhere(vec![empty]));
    assert!(refusal.contains("no row") && refusal.contains("processing/ecephys/units"), "{refusal}");
}

#[test]
fn an_index_of_whole_real_numbers_cuts_the_units() {
    let index = |ends: &[f64]| Data::Column(Column::Real(ends.to_vec()));
    assert_eq!(open_groups(vec![units(index(&[2.0, 3.0]))]).unwrap().units, [vec![0.1, 0.2], vec![0.05]]);
    let refusal = message(vec![units(index(&[1.5, 3.0]))]);
    assert!(refusal.contains("/units/spike_times_index") && refusal.contains("1.5"), "{refusal}");
}

#[test]
fn the_areas_of_electrodes_are_columns_of_the_units() {
    let integers = |name: &str, values: &[i64]| dataset(name, Data::Column(Column::Integer(values.to_vec())));
    let texts = |name: &str, values: &[&str]| {
        dataset(name, Data::Column(Column::Text(values.iter().map(|&value| value.into()).collect())))
    };
    let electrodes = group(
        "electrodes",
        vec![integers("id", &[0, 1, 2]), texts("location", &["M1", "M1", "PMd"]), reals("quality", &[0.5, 1.5, 2.5])],
    );
    let ephys = NewGroup { groups: vec![electrodes], ..group("extracellular_ephys", Vec::new()) };
    let general = NewGroup { groups: vec![ephys], ..group("general", Vec::new()) };
    let mut units = units(Data::Index8(vec![1, 2, 3]));
    units.datasets.extend([
        integers("id", &[7, 8, 9]),
        texts("quality", &["good", "mua", "good"]),
        integers("electrodes", &[0, 1, 2, 2]),
        integers("electrodes_index", &[1, 3, 4]),
    ]);
    let recording = open_groups(vec![general, units]).unwrap();
    let column = |name: &str| recording.unit_columns.iter().find(|column| column.name == name).unwrap().values.clone();
    assert_eq!(column("id"), Column::Integer(vec![7, 8, 9]));
    assert_eq!(column("location"), Column::Text(["M1", "M1+PMd", "PMd"].map(String::from).to_vec()));
    assert_eq!(column("quality"), Column::Text(["good", "mua", "good"].map(String::from).to_vec()));
    assert_eq!(column("electrodes.quality"), Column::Text(["0.5", "1.5+2.5", "2.5"].map(String::from).to_vec()));
    assert_eq!(recording.unreadable_units, []);
}

#[test]
fn hdf5_without_nwb_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("data.h5");
    let write = |datasets| std::fs::write(&path, file_bytes(&group("", datasets)).unwrap()).unwrap();
    write(vec![reals("spikes", &[0.1])]);
    let error = Recording::open(&path).unwrap_err();
    assert!(matches!(&error, Error::OtherFormat { what, .. } if what.contains("`nwb_version`")), "{error}");
    write(vec![dataset("nwb_version", Data::Text("NWB-1.0.6".into()))]);
    let error = Recording::open(&path).unwrap_err();
    assert!(matches!(&error, Error::OtherFormat { what, .. } if what.contains("NWB 1.x")), "{error}");
}
