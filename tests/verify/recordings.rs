//! The snippets of docs/recordings.md, run with the libraries that they name: whatever wrote the recording, the decoder is the
//! same.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tools::RecordingLibraries;
use tools::workspace::build_directory;

use crate::support::{BRIEF, Folder, json_lines, succeed};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/recordings.md")).unwrap()
}

/// The Python of a section.
fn python(section: &str) -> String {
    let document = document();
    let text = document.split("\n## ").find(|text| text.lines().next() == Some(section));
    let text = text.unwrap_or_else(|| panic!("no section {section}"));
    let (_, block) = text.split_once("```python\n").unwrap_or_else(|| panic!("no Python in {section}"));
    block.split("```").next().unwrap_or_default().to_owned()
}

fn libraries() -> Option<RecordingLibraries> {
    tools::found_or_skipped("the snippets of docs/recordings.md", RecordingLibraries::find(&build_directory()))
}

/// Runs code after that of the session to try.
fn write(libraries: &RecordingLibraries, code: &str, folder: &Folder) {
    let whole = format!("{}\n{code}", python("A session to try"));
    libraries.run(&whole, Path::new(&folder.path(""))).unwrap_or_else(|error| panic!("{error}"));
}

/// What `info` says, and the image that training gives.
fn decoder(folder: &Folder, recording: &str, align: &str) -> (Value, Vec<u8>) {
    let (recording, image) = (folder.path(recording), folder.path("decoder.img"));
    let info = json_lines(&succeed(&["info", &recording, "--html", &folder.path("page.html"), "--json"])).remove(0);
    assert_eq!((&info["n_units"], &info["n_trials"]), (&json!(16), &json!(40)), "{info}");
    assert_eq!(info["warnings"], json!([]));
    assert_eq!(info["default_label_column"], "target_dir");
    let columns = info["columns"].as_array().unwrap();
    let direction = columns.iter().find(|column| column["name"] == "target_dir").unwrap();
    assert_eq!(
        (&direction["labels"], &direction["counts"]),
        (&json!(["0", "90", "180", "270"]), &json!([10, 10, 10, 10]))
    );
    let event = &info["events"][0];
    assert_eq!((&event["column"], &event["n_outside"]), (&json!(align), &json!(0)));
    succeed(&[&["train", &recording, "-o", &image, "--align", align], &BRIEF[..]].concat());
    succeed(&["decode", &recording, "--network", &image]);
    (info, fs::read(image).unwrap())
}

#[test]
fn every_way_to_write_a_session_gives_the_same_decoder() {
    let Some(libraries) = libraries() else { return };
    let mut images = Vec::new();
    for (section, recording, align) in [
        ("pynwb", "session.nwb", "go_cue_time"),
        ("SpikeInterface", "session.nwb", "go_cue_time"),
        ("Neo", "session.csv", "go_cue_ms"),
        ("CSV", "session.csv", "go_cue_ms"),
    ] {
        let folder = Folder::new();
        write(&libraries, &python(section), &folder);
        let (info, image) = decoder(&folder, recording, align);
        if recording == "session.nwb" {
            let areas =
                info["unit_columns"].as_array().unwrap().iter().find(|column| column["name"] == "area").unwrap();
            assert_eq!((&areas["labels"], &areas["counts"]), (&json!(["M1", "PMd"]), &json!([12, 4])), "{section}");
        }
        images.push((section, image));
    }
    for (section, image) in &images {
        assert!(*image == images[0].1, "{section} gives another decoder than {}", images[0].0);
    }
}

/// What MatNWB writes, as HDF5: vectors of one dimension or, from columns that can grow, n × 1; text of variable length.
const MATNWB: &str = r#"
import h5py

def write(path, shape, index_type):
    text = h5py.string_dtype("utf-8")
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.8.0"
        for name in ["identifier", "session_description", "session_start_time"]:
            file.create_dataset(name, data=name, dtype=text)
        def table(place, kind, columns):
            group = file.create_group(place)
            group.attrs["namespace"], group.attrs["neurodata_type"] = "core", kind
            group.attrs.create("colnames", [name for name in columns if name != "id" and not name.endswith("_index")], dtype=text)
            for name, values in columns.items():
                values = np.asarray(values, dtype=None if not isinstance(values[0], str) else object)
                dtype = text if values.dtype == object else values.dtype
                group.create_dataset(name, data=values.reshape(shape), dtype=dtype, maxshape=[None] * len(shape), chunks=True)
        table("units", "Units", {
            "id": np.arange(len(spike_times)),
            "spike_times": np.concatenate(spike_times),
            "spike_times_index": np.cumsum([len(times) for times in spike_times]).astype(index_type),
            "area": areas,
        })
        table("intervals/trials", "TimeIntervals", {
            "id": np.arange(len(trials)),
            "start_time": [trial["start"] for trial in trials],
            "stop_time": [trial["stop"] for trial in trials],
            "go_cue_time": [trial["go_cue"] for trial in trials],
            "target_dir": [float(trial["direction"]) for trial in trials],
        })

write("vectors.nwb", (-1,), "uint64")
write("columns.nwb", (-1, 1), "uint64")
write("rows.nwb", (1, -1), "float64")
"#;

#[test]
fn the_layout_of_matnwb_gives_the_decoder_of_pynwb() {
    let Some(libraries) = libraries() else { return };
    let folder = Folder::new();
    write(&libraries, &python("pynwb"), &folder);
    let (_, expected) = decoder(&folder, "session.nwb", "go_cue_time");
    write(&libraries, MATNWB, &folder);
    for recording in ["vectors.nwb", "columns.nwb", "rows.nwb"] {
        let (_, image) = decoder(&folder, recording, "go_cue_time");
        assert!(image == expected, "{recording} gives another decoder");
    }
}

#[test]
fn the_commands_of_the_page_work() {
    let Some(libraries) = libraries() else { return };
    let folder = Folder::new();
    write(&libraries, &python("pynwb"), &folder);
    let document = document();
    let blocks = document.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands: Vec<&str> = blocks.flat_map(str::lines).collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        let brief: &[&str] = if words[1] == "train" { &BRIEF } else { &[] };
        let output =
            crate::support::program().args(&words[1..]).args(brief).current_dir(folder.path("")).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
