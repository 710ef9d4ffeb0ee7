//! Documents agree with the code about names and numbers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use spec::core::UP5K;
use train::Topology;
use train::compile::compile;
use train::network::Network;

use crate::live::feed::{live, marker, rows};
use crate::support::{Folder, Trained, json_lines, program, short, succeed};

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)).unwrap()
}

/// Names of fields, also within objects and lists, but not within the companion, whose fields are documented elsewhere.
fn fields(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields_of) => {
            for (name, value) in fields_of {
                names.insert(name.clone());
                if name != "companion" {
                    fields(value, names);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, names)),
        _ => {}
    }
}

#[test]
fn every_line_of_json_has_a_kind_and_fields_that_are_documented() {
    let Trained { recording, image, report } = short();
    let folder = Folder::new();
    let mut lines = vec![report.clone()];
    for arguments in [
        &["decode", recording, "--network", image, "--board", "sim", "--limit", "1"][..],
        &["info", recording],
        &["info", image],
        &["boards"],
        &["selftest", "--board", "model"],
    ] {
        lines.extend(json_lines(&succeed(&[arguments, &["--json"]].concat())));
    }
    lines.extend(live_lines(&folder));
    lines.extend(adaptation_lines(&folder));
    lines.extend(json_lines(&succeed(&["study", recording, "-o", "report", "--plan", "--only", "sparsity"])));
    let json = document("json.md");
    let mut kinds = BTreeSet::new();
    for line in &lines {
        let kind = line["kind"].as_str().unwrap_or_else(|| panic!("no kind in {line}"));
        kinds.insert(kind);
        let section = json.split("\n## ").skip(1).find(|section| {
            section.lines().next().is_some_and(|title| title.split(", ").any(|documented| documented == kind))
        });
        let section = section.unwrap_or_else(|| panic!("{kind} is not documented"));
        let mut names = BTreeSet::new();
        fields(line, &mut names);
        names.remove("kind");
        for name in names {
            assert!(section.contains(&format!("`{name}`")), "{name} of {kind} is not documented");
        }
    }
    assert_eq!(
        Vec::from_iter(kinds),
        [
            "adapt",
            "adaptation",
            "board",
            "cell",
            "decision",
            "decoding",
            "end",
            "live",
            "live_adaptation",
            "live_decision",
            "live_notice",
            "live_ready",
            "live_scores",
            "live_values",
            "live_window",
            "network",
            "recording",
            "run_value",
            "runs_decoding",
            "selftest",
            "step",
            "training",
            "window"
        ]
    );
}

/// Lines of adaptations, of a log and of its replay.
fn adaptation_lines(folder: &Folder) -> Vec<Value> {
    let recording = &short().recording;
    let [log, output] = ["a.log", "a.img"].map(|name| folder.path(name));
    let (image, report) = folder.train(recording, "plastic.img", &["--plastic", "--window-ms", "10"]);
    let decode = ["decode", recording, "-n", &image, "--adapt", "labels", "--log", &log, "--limit", "2", "--json"];
    let mut all = json_lines(&succeed(&decode));
    all.push(report);
    all.extend(json_lines(&fs::read_to_string(&log).unwrap()));
    all.extend(json_lines(&succeed(&["adapt", "--replay", &log, "-n", &image, "-o", &output, "--json"])));
    let live = live(&image, &["--adapt", "labels"], &(rows(0..12) + &marker(0, "go 90")));
    all.extend(live.lines);
    all.push(live.summary);
    all
}

/// Lines of live sessions, and of a decode of a recording.
fn live_lines(folder: &Folder) -> Vec<Value> {
    let text = rows(0..12) + &marker(0, "go") + &rows(100..110) + &marker(105, "cut");
    let mut lines = live(&short().image, &["--scores"], &text);
    let mut all: Vec<Value> = std::mem::take(&mut lines.lines);
    all.push(lines.summary);
    let reach = format!("{}/../examples/reach.img", env!("CARGO_MANIFEST_DIR"));
    let record = folder.path("run");
    let values = live(&reach, &["--record", &record], &rows(0..3));
    all.extend(values.lines);
    all.extend(json_lines(&succeed(&["decode", &format!("{record}.csv"), "-n", &reach, "--values", "--json"])));
    all.extend(json_lines(&fs::read_to_string(format!("{record}.jsonl")).unwrap()));
    all
}

/// The code blocks of a language in a section of a document.
fn blocks(document: &str, section: &str, language: &str) -> Vec<String> {
    let section = document.split("\n## ").find(|text| text.starts_with(section)).expect("the section");
    let fence = format!("```{language}\n");
    section.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_guide_to_a_model_of_your_own_works() {
    let guide = document("study.md");
    let [area] = &blocks(&guide, "A model of your own", "toml")[..] else { panic!("one topology") };
    let t1 = Path::new(env!("CARGO_MANIFEST_DIR")).join("../train/src/topologies/T1.toml");
    let t1 = fs::read_to_string(t1).unwrap().replacen("name = \"T1\"", "name = \"mine\"", 1);
    let (before, motoneurons) = t1.split_at(t1.find("[[area]]\nname = \"motoneurons\"").unwrap());
    let mine = format!("{before}{area}\n{motoneurons}");

    // Channels and classes of a typical session.
    let topology = Topology::parse(&mine, "mine.toml").unwrap();
    let network = Network::new(&topology, 192, 8, 1.0, 8, 1).unwrap();
    compile(&network.quantize().lower(), &UP5K.configuration, None).unwrap();

    let folder = Folder::new();
    fs::rename(folder.synthetic(), folder.path("session.nwb")).unwrap();
    fs::write(folder.path("mine.toml"), mine).unwrap();
    let [commands] = &blocks(&guide, "A model of your own", "sh")[..] else { panic!("one list of commands") };
    let mut verbs = BTreeSet::new();
    for command in commands.lines() {
        let words: Vec<&str> = command.split(' ').collect();
        let ["motorsrnn", verb, ..] = words[..] else { panic!("{command}") };
        // Less work.
        let brief: &[&str] = match verb {
            "study" => &["--quick", "--only", "sparsity", "--epochs", "2", "--folds", "2", "--window-ms", "10"],
            "train" => &["--epochs", "2", "--folds", "2", "--window-ms", "10"],
            _ => &["--limit", "1"],
        };
        let output = program().args(&words[1..]).args(brief).current_dir(folder.path("")).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        verbs.insert(verb);
    }
    assert_eq!(Vec::from_iter(verbs), ["decode", "study", "train"]);
    assert!(fs::read_to_string(folder.path("report/report.html")).unwrap().contains("cerebellum"));
}
