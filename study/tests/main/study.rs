//! Whole studies of small synthetic sessions: known tuning is found, an interruption loses nothing, the report is complete.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use recording::{Column, Dataset, NamedColumn, Recording, Split, SyntheticOptions, WindowOptions, generate};
use study::angles::GivenAngles;
use study::cells::Reporting;
use study::error::StudyError;
use study::experiments::Experiment;
use study::outcome::Measurement;
use study::plan::Plan;
use study::report::{Claim, PAGE, StudyReport, Value, Verdict};
use study::results::NOT_MEASURED;
use study::runner::Simulator;
use study::sessions::{SessionUnits, write_overview};
use study::study::{Study, StudyOptions};
use train::data::TrainingSample;
use train::fit::{FitOptions, fold_seed};
use train::network::Network;
use train::{Ablation, Topology};

use crate::support::page;

pub(super) fn topology() -> Topology {
    Topology::parse(include_str!("small.toml"), "small.toml").unwrap()
}

/// A session with this share of tuned units; the others fire the same in all directions.
pub(super) fn recording(tuned_fraction: f64) -> Recording {
    recording_of(tuned_fraction, 24)
}

/// The same, with so many trials of each direction.
fn recording_of(tuned_fraction: f64, trials_per_direction: usize) -> Recording {
    let options = SyntheticOptions {
        n_channels: 24,
        n_directions: 4,
        trials_per_direction,
        trial_ms: 400,
        baseline_hz: (60.0, 70.0),
        modulation_hz: (58.0, 60.0),
        tuned_fraction,
        trial_gain_sd: 0.0,
        ..SyntheticOptions::default()
    };
    generate(&options).unwrap()
}

pub(super) fn options(experiments: &[Experiment]) -> StudyOptions {
    StudyOptions {
        plan: Plan {
            experiments: experiments.to_vec(),
            folds: 2,
            ticks_ms: vec![2],
            noise_rates_hz: vec![0.0, 200.0],
            pruned_sizes: 1,
            epochs: Some(60),
            divisors: vec![2],
            weight_bits: vec![4],
            hidden_units: vec![4],
            ..Plan::full(1, vec![topology()])
        },
        windows: WindowOptions { window_ms: 50, ..WindowOptions::default() },
        angles: None,
        n_threads: 2,
    }
}

pub(super) fn run(recording: &Recording, options: &StudyOptions, folder: &Path) -> Result<StudyReport, StudyError> {
    let interrupted = AtomicBool::new(false);
    let study = Study::new(recording, options, folder, None, &interrupted)?;
    study.run(folder, &interrupted, &|_| {})
}

fn claim<'a>(report: &'a StudyReport, words: &str) -> &'a Claim {
    report.claims.iter().find(|claim| claim.claim.contains(words)).unwrap_or_else(|| panic!("no claim of {words}"))
}

/// Files of results, without the manifests.
pub(super) fn results(folder: &Path) -> BTreeSet<PathBuf> {
    let paths = fs::read_dir(folder.join("cells")).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with("study-")).collect()
}

#[test]
fn tuning_is_captured_where_the_units_are_tuned_and_only_there() {
    for (tuned_fraction, expected) in [(1.0, Verdict::Holds), (0.0, Verdict::Fails)] {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(&[Experiment::Tuning]);
        // Two folds may have equal results, which say nothing about the spread.
        options.plan.seeds = 2;
        let report = run(&recording(tuned_fraction), &options, folder.path()).unwrap();
        let captured = claim(&report, "captures cosine tuning");
        assert_eq!(captured.verdict, expected, "{tuned_fraction} of the units tuned: {}", captured.evidence);
    }
}

#[test]
fn every_decoder_decides_directions_that_units_encode_and_no_others() {
    for (tuned_fraction, is_encoded) in [(1.0, true), (0.0, false)] {
        let folder = tempfile::tempdir().unwrap();
        let report = run(&recording(tuned_fraction), &options(&[Experiment::Accuracy]), folder.path()).unwrap();
        let section = report.sections.iter().find(|section| section.title == "Accuracy").unwrap();
        let accuracies = &section.panels[0].table;
        assert_eq!(accuracies.rows.len(), 7, "network, four recurrent baselines, two classical ones");
        for row in &accuracies.rows {
            let csv = format!("{row:?}");
            let study::report::Value::Number(accuracy, _) = row[1] else { panic!("{csv}") };
            // Four directions: chance is 25 %.
            assert!(
                if is_encoded { accuracy > 50.0 } else { accuracy < 42.0 },
                "{tuned_fraction} of the units tuned: {csv}"
            );
        }
    }
}

#[test]
fn words_have_no_directions_unless_they_are_given() {
    let mut recording = recording(1.0);
    let labels = recording.trials.columns.iter_mut().find(|column| column.name == "target_direction").unwrap();
    let Column::Real(degrees) = &labels.values else { panic!("directions are degrees") };
    let word = |degrees: &f64| ["right", "up", "left", "down"][(*degrees / 90.0) as usize].to_owned();
    labels.values = Column::Text(degrees.iter().map(word).collect());
    let interrupted = AtomicBool::new(false);
    let notes = |options: &StudyOptions| {
        let folder = tempfile::tempdir().unwrap();
        Study::new(&recording, options, folder.path(), None, &interrupted).map(|study| study.notes().join(" "))
    };

    let mut options = options(&[Experiment::Accuracy, Experiment::Tuning, Experiment::Ablation]);
    let left_out = notes(&options).unwrap();
    assert!(
        left_out.starts_with("Left out: tuning, ablation, since the labels of column target_direction"),
        "{left_out}"
    );
    options.plan.experiments = vec![Experiment::Tuning];
    assert!(matches!(notes(&options), Err(StudyError::NoDirections { .. })));
    let given = [("up", 90.0), ("down", 270.0), ("left", 180.0), ("right", 0.0)];
    let given = given.map(|(name, angle)| (name.to_owned(), angle)).to_vec();
    options.angles = Some(GivenAngles::ByName(given[..3].to_vec()));
    assert!(matches!(notes(&options), Err(StudyError::AnglesOfClasses { name, .. }) if name == "right"));
    options.angles = Some(GivenAngles::InOrder(vec![0.0, 90.0]));
    assert!(matches!(notes(&options), Err(StudyError::Angles { n_angles: 2, n_classes: 4 })));
    options.angles = Some(GivenAngles::ByName(given));
    let used = notes(&options).unwrap();
    assert!(used.contains("down=270, left=180, right=0, up=90 degrees (as given, in degrees)"), "{used}");
}

#[test]
fn labels_that_are_numbers_are_degrees_whatever_classes_are_kept() {
    let recording = recording(1.0);
    let interrupted = AtomicBool::new(false);
    let mut options = options(&[Experiment::Tuning]);
    options.windows.classes = Some(["0", "90", "270"].map(str::to_owned).to_vec());
    let folder = tempfile::tempdir().unwrap();
    let study = Study::new(&recording, &options, folder.path(), None, &interrupted).unwrap();
    let notes = study.notes().join(" ");
    assert!(notes.contains("0=0, 90=90, 270=270 degrees (labels of column target_direction"), "{notes}");
    assert!(notes.contains("Trials left out: 24 (24 of other classes)"), "{notes}");
}

/// Asserts that every experiment has a section, every panel its numbers, and that the page needs nothing but its own files.
fn assert_complete(report: &StudyReport, folder: &Path) {
    let ids: Vec<&str> = report.sections.iter().map(|section| section.id).collect();
    let expected = [
        "accuracy-and-energy",
        "networks",
        "accuracy",
        "early-decisions",
        "energy",
        "noise",
        "cosine-tuning",
        "similarity",
        "ablation",
        "sparsity",
    ];
    assert_eq!(ids, expected);
    let page = fs::read_to_string(folder.join(PAGE)).unwrap();
    let faults = page::faults(&page, folder);
    assert!(faults.is_empty(), "{faults:#?}");
    let mut names = BTreeSet::new();
    for panel in report.sections.iter().flat_map(|section| &section.panels) {
        assert!(names.insert(panel.name.clone()), "{} appears twice", panel.name);
        let csv = fs::read_to_string(folder.join("csv").join(format!("{}.csv", panel.name))).unwrap();
        assert_eq!(csv.lines().count(), panel.table.rows.len() + 1);
        assert!(!panel.table.rows.is_empty(), "{} has no numbers", panel.name);
        assert!(panel.table.rows.iter().all(|row| row.len() == panel.table.columns.len()), "{}", panel.name);
        let is_number = |value: &Value| !matches!(value, Value::Number(number, _) if !number.is_finite());
        assert!(panel.table.rows.iter().flatten().all(is_number), "{}", panel.name);
        assert!(page.contains(&format!("csv/{}.csv", panel.name)));
    }
    let everything: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(everything["claims"].as_array().unwrap().len(), report.claims.len());
}

#[test]
fn every_experiment_has_its_section_and_every_panel_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&Experiment::ALL);
    options.plan.epochs = Some(8);
    let report = run(&recording(1.0), &options, folder.path()).unwrap();
    assert_complete(&report, folder.path());
    assert!(report.claims.iter().all(|claim| claim.verdict != Verdict::NotApplicable), "{:?}", report.claims);
}

/// The JSON report and the text of the energy section of a study of accuracy.
fn measured_by(simulator: Option<Simulator<'_>>) -> (serde_json::Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let (recording, mut options) = (recording(1.0), options(&[Experiment::Accuracy]));
    options.plan.epochs = Some(2);
    let interrupted = AtomicBool::new(false);
    let study = Study::new(&recording, &options, folder.path(), simulator, &interrupted).unwrap();
    let report = study.run(folder.path(), &interrupted, &|_| {}).unwrap();
    let energy = report.sections.iter().find(|section| section.id == "energy").unwrap();
    let json = serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    (json, energy.words.join(" "))
}

#[test]
fn without_a_simulator_page_and_json_say_that_nothing_is_measured() {
    let (json, words) = measured_by(None);
    assert_eq!(json["not_measured"], NOT_MEASURED);
    assert!(words.contains(NOT_MEASURED), "{words}");

    let misfit = |_: &Network, _: &[&[Vec<u16>]]| Ok(None);
    let (json, words) = measured_by(Some(Simulator { core: "up5k", hardware: "one", measure: &misfit }));
    assert_eq!(json.get("not_measured"), None);
    assert!(!words.contains(NOT_MEASURED), "{words}");
}

#[test]
fn a_core_that_computes_other_scores_ends_the_study() {
    let folder = tempfile::tempdir().unwrap();
    let (recording, mut options) = (recording(1.0), options(&[Experiment::Accuracy]));
    options.plan.epochs = Some(2);
    let interrupted = AtomicBool::new(false);
    let other = |_: &Network, _: &[&[Vec<u16>]]| {
        Ok(Some(Measurement {
            core: "up5k".to_owned(),
            n_ticks: 1,
            synaptic_events: 0.0,
            neuron_updates: 0.0,
            cycles: 0.0,
            scores_hash: "0".to_owned(),
        }))
    };
    let simulator = Some(Simulator { core: "up5k", hardware: "one", measure: &other });
    let study = Study::new(&recording, &options, folder.path(), simulator, &interrupted).unwrap();
    let outcome = study.run(folder.path(), &interrupted, &|_| {});
    assert!(matches!(outcome, Err(StudyError::Disagreement { .. })), "{outcome:?}");
}

#[test]
fn what_does_not_apply_to_a_topology_is_left_out_and_listed() {
    let about_feedback = ["F0 over F1", "F0 over F3", "F2, frozen", "F5, as many"];
    for (name, left_out, missing) in [
        ("T3", vec!["F1", "F2", "F3", "F5"], vec!["no feedback synapses"]),
        ("T4", vec!["F1", "F2", "F3", "F4", "F5"], vec!["no feedback synapses", "no recurrent synapses"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(&Experiment::ALL);
        options.plan.epochs = Some(2);
        options.plan.topologies = vec![Topology::load(name).unwrap()];
        let report = run(&recording_of(1.0, 8), &options, folder.path()).unwrap();
        assert_complete(&report, folder.path());
        let section = report.sections.iter().find(|section| section.title == "Ablation").unwrap();
        let words = section.words.join(" ");
        assert!(missing.iter().all(|cause| words.contains(cause)), "{words}");
        for ablation in Ablation::ALL.map(Ablation::name) {
            let has_row = section.panels[0].table.rows.iter().any(|row| row[0] == Value::from(ablation));
            assert_eq!(has_row, !left_out.contains(&ablation), "{ablation} of {name}");
            assert!(has_row || words.contains(&format!("{ablation} (")), "{words}");
        }
        let similarity = report.sections.iter().find(|section| section.title == "Similarity").unwrap();
        assert!(similarity.words.join(" ").contains("no neuron of the first area drives the last"), "{name}");
        for words in about_feedback {
            let claim = claim(&report, words);
            assert_eq!(claim.verdict, Verdict::NotApplicable, "{claim:?}");
            assert!(claim.evidence.contains("no feedback synapses"), "{claim:?}");
        }
        for words in ["better than a feedforward", "at or above fSNN", "costs the network less than fSNN"] {
            let claim = claim(&report, words);
            let expected = if name == "T4" { Verdict::NotApplicable } else { Verdict::NotTested };
            assert_eq!(claim.verdict, expected, "{name}: {claim:?}");
        }
    }
}

/// The row of the network that is chosen, and the claim that it fits.
fn chosen_network(topology: Topology) -> (BTreeMap<String, Value>, StudyReport) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&[Experiment::Sparsity]);
    options.plan.topologies = vec![topology];
    options.plan.epochs = None;
    let report = run(&recording(1.0), &options, folder.path()).unwrap();
    let panel = &report.sections.iter().find(|section| section.title == "Sparsity").unwrap().panels[0];
    let chosen = panel.table.columns.iter().position(|column| column == "chosen").unwrap();
    let row = panel.table.rows.iter().find(|row| row[chosen] == Value::from("chosen"));
    let row = row.unwrap_or_else(|| panic!("none is chosen: {:?}", panel.table.rows));
    let named = panel.table.columns.iter().cloned().zip(row.iter().cloned()).collect();
    let everything: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    for cell in everything["cells"].as_array().unwrap() {
        let image = &cell["outcome"]["image"];
        assert_eq!((&image["core"], &image["words_available"]), (&"up5k".into(), &65_535.into()));
        assert_eq!(image["words_used"], cell["outcome"]["n_parameters"]);
    }
    let csv = fs::read_to_string(folder.path().join("csv/sparsity.csv")).unwrap();
    assert!(csv.lines().any(|line| line.contains(",up5k,") && line.ends_with(",65535,chosen")), "{csv}");
    (named, report)
}

#[test]
fn the_smallest_network_that_is_as_good_is_chosen_and_compiled_for_the_smallest_core() {
    let (row, report) = chosen_network(topology());
    assert_eq!((&row["fits"], &row["synapse words used"]), (&"fits".into(), &row["synapses"]), "{row:?}");
    let Value::Number(n_synapses, _) = row["synapses"] else { panic!("{row:?}") };
    let words = report.sections[1].words.join(" ");
    assert!(words.contains(&format!("here it has {n_synapses} synapses")), "{words}");
    assert!(words.contains(&format!("It fits the core up5k: {n_synapses} of 65535 synapse words")), "{words}");
    for (words, evidence) in [("at most 30000", "synapses: "), ("fits the image", "of 65535 synapse words")] {
        let claim = claim(&report, words);
        assert_eq!(claim.verdict, Verdict::Holds, "{claim:?}");
        assert!(claim.evidence.contains(evidence), "{claim:?}");
    }
}

#[test]
fn a_chosen_network_that_is_too_large_for_the_smallest_core_does_not_fit() {
    let mut large = topology();
    large.areas[0].neurons = 260;
    let (row, report) = chosen_network(large);
    assert_eq!(row["fits"], "does not fit".into(), "{row:?}");
    let cause = "neurons a lane: the network needs 272, the core has 256";
    let claim = claim(&report, "fits the image");
    assert_eq!(claim.verdict, Verdict::Fails, "{claim:?}");
    assert!(claim.evidence.contains(cause), "{claim:?}");
    assert!(report.sections[1].words.join(" ").contains(cause));
}

#[test]
fn a_page_that_loads_something_or_has_a_dead_link_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let svg =
        |inside: &str| format!("<svg width=\"9\" height=\"9\" xmlns=\"http://www.w3.org/2000/svg\">{inside}</svg>");
    let good = format!("<h2 id=\"a\">a</h2><a href=\"#a\">a</a>{}", svg("<circle cx=\"1\" cy=\"-2.5\" r=\"3\"/>"));
    assert_eq!(page::faults(&good, folder.path()), Vec::<String>::new());
    for bad in [
        "<a href=\"#b\">b</a>",
        "<h2 id=\"a\">a</h2>",
        "<a href=\"https://example.org\">b</a>",
        "<a href=\"csv/none.csv\">b</a>",
        "<link rel=\"stylesheet\" href=\"data:,\">",
        "<style>p{background:url(x.png)}</style>",
        "<script>1</script>",
        "<p onclick=\"x\">b</p>",
        &svg("<circle cx=\"NaN\"/>"),
        &svg("<polyline points=\"1,2 inf,3\"/>"),
        &svg("<rect x=\"2147483647\"/>"),
        &svg("<g>"),
        "<svg width=\"9\" height=\"9\">",
    ] {
        assert!(!page::faults(&format!("{good}{bad}"), folder.path()).is_empty(), "{bad}");
    }
}

/// The SHA-256 of a report's results.
pub(super) fn digest(report: &StudyReport) -> &str {
    let of_results = |(name, _): &&(String, String)| name == "SHA-256 of the results";
    &report.provenance.iter().find(of_results).unwrap().1
}

#[test]
fn an_interrupted_study_resumes_and_ends_like_one_that_was_not() {
    let (recording, options) = (recording(1.0), options(&[Experiment::Sparsity]));
    let whole = tempfile::tempdir().unwrap();
    let expected = run(&recording, &options, whole.path()).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let interrupted = AtomicBool::new(false);
    let n_done = AtomicUsize::new(0);
    let study = Study::new(&recording, &options, folder.path(), None, &interrupted).unwrap();
    let outcome = study.run(folder.path(), &interrupted, &|_| {
        n_done.fetch_add(1, Ordering::SeqCst);
        interrupted.store(true, Ordering::SeqCst);
    });
    assert!(matches!(outcome, Err(StudyError::Interrupted)), "{outcome:?}");
    assert!(!folder.path().join(PAGE).exists());
    let kept = results(folder.path());
    assert_eq!(kept.len(), n_done.load(Ordering::SeqCst), "finished runs are kept, and no others");
    let before: Vec<_> = kept.iter().map(|path| fs::metadata(path).unwrap().modified().unwrap()).collect();

    interrupted.store(false, Ordering::SeqCst);
    let resumed = study.run(folder.path(), &interrupted, &|_| {}).unwrap();
    let after: Vec<_> = kept.iter().map(|path| fs::metadata(path).unwrap().modified().unwrap()).collect();
    assert_eq!(before, after, "finished runs were repeated");
    assert_eq!(digest(&resumed), digest(&expected));
}

/// A session with a split column: `train`, `test` and `val` in turn, but for every sixth trial.
fn with_split_column(mut recording: Recording) -> Recording {
    let value = |trial: usize| ["train", "test", "train", "train", "test", "val"][trial % 6].to_owned();
    let values = Column::Text((0..recording.trials.len()).map(value).collect());
    recording.trials.columns.push(NamedColumn { name: "side".to_owned(), description: String::new(), values });
    recording
}

#[test]
fn a_split_column_decides_what_is_tested_and_ignored_trials_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let recording = with_split_column(recording(1.0));
    let mut options = options(&[Experiment::Accuracy, Experiment::Tuning]);
    (options.plan.split_column, options.plan.folds) = (Some("side".to_owned()), 1);
    options.plan.epochs = Some(2);
    let interrupted = AtomicBool::new(false);
    let study = Study::new(&recording, &options, folder.path(), None, &interrupted).unwrap();
    let notes = study.notes().join(" ");
    assert!(notes.contains("Split by column side: 48 trials train, 32 are tested; ignored: 16 of `val`"), "{notes}");
    assert!(notes.contains("half of these trials train and half are analysed"), "{notes}");
    study.run(folder.path(), &interrupted, &|_| {}).unwrap();
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(json["ignored"][0]["value"], "val");
    for cell in json["cells"].as_array().unwrap() {
        let tested: Vec<u64> = cell["outcome"]["windows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|window| window["trial"].as_u64().unwrap())
            .collect();
        let is_tuning = cell["cell"]["observation"] == "tuning";
        assert_eq!(tested.len(), if is_tuning { 40 } else { 32 }, "{}", cell["cell"]);
        assert!(tested.iter().all(|trial| trial % 6 != 5), "an ignored trial was tested");
        assert!(is_tuning || tested.iter().all(|trial| [1, 4].contains(&(trial % 6))), "{tested:?}");
    }

    options.plan.split_column = Some("target_direction".to_owned());
    let refused = Study::new(&recording, &options, folder.path(), None, &interrupted).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("target_direction"), "{refused}");
}

#[test]
fn a_study_trains_and_decides_as_train_does() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recording(1.0);
    let mut options = options(&[Experiment::Sparsity]);
    (options.plan.epochs, options.plan.ticks_ms, options.plan.pruned_sizes) = (None, vec![5], 0);
    run(&recording, &options, folder.path()).unwrap();
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(json["training"]["epochs"], json["training"]["standard_epochs"]);
    let dataset = Dataset::cut(&recording, &WindowOptions { tick_ms: 5, ..options.windows.clone() }).unwrap();
    let split = Split::k_fold(&dataset, 2, 1).unwrap();
    let fit = FitOptions::for_split(&dataset, &split);
    let cells = json["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 2, "one for each fold");
    for (fold, cell) in cells.iter().enumerate() {
        let seed = fold_seed(1, fold);
        let network = Network::new(&topology(), dataset.n_channels, dataset.classes.len(), 5.0, 8, seed).unwrap();
        let sample =
            |index: usize| TrainingSample { ticks: &dataset.samples[index].ticks, class: dataset.samples[index].class };
        let samples: Vec<_> = split.train_samples(fold, &dataset).into_iter().map(sample).collect();
        let trained = train::fit::fit(network, &samples, &fit, seed, &mut |_| ControlFlow::Continue(())).unwrap();
        let losses: Vec<f64> = trained.history.iter().map(|epoch| epoch.loss).collect();
        let of_study = cell["outcome"]["history"].as_array().unwrap().iter().map(|epoch| epoch[0].as_f64().unwrap());
        assert_eq!(of_study.collect::<Vec<f64>>(), losses);
    }
}

#[test]
fn results_of_another_study_are_not_reused() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(&[Experiment::Sparsity]);
    run(&recording(1.0), &options, folder.path()).unwrap();
    let n_runs = results(folder.path()).len();
    run(&recording(0.0), &options, folder.path()).unwrap();
    assert_eq!(results(folder.path()).len(), 2 * n_runs, "another recording");
    let longer = StudyOptions { plan: Plan { epochs: Some(61), ..options.plan.clone() }, ..options };
    run(&recording(0.0), &longer, folder.path()).unwrap();
    assert_eq!(results(folder.path()).len(), 3 * n_runs, "other options");
}

#[test]
fn two_targets_leave_out_the_experiments_that_need_directions() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&[Experiment::Sparsity, Experiment::Tuning]);
    options.windows.classes = Some(vec!["0".to_owned(), "180".to_owned()]);
    let report = run(&recording(1.0), &options, folder.path()).unwrap();
    let titles: Vec<&str> = report.sections.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles, ["Networks", "Sparsity"]);
    assert!(report.grounds.iter().any(|(_, words)| words.contains("left out")));

    options.plan.experiments = vec![Experiment::Tuning];
    let error = run(&recording(1.0), &options, folder.path()).unwrap_err().to_string();
    assert!(error.contains("three directions"), "{error}");
}

#[test]
fn persistency_over_sessions_of_the_same_units_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(&[Experiment::Tuning]);
    let tuned = SessionUnits::of(&recording(1.0), &options).unwrap();
    let untuned = SessionUnits::of(&recording(0.0), &options).unwrap();
    assert!(tuned.tuned.fraction > 0.8 && untuned.tuned.fraction < 0.1, "{:?}, {:?}", tuned.tuned, untuned.tuned);
    let pages = ["one/report.html", "other/report.html"].map(str::to_owned);
    write_overview(&[tuned.clone(), tuned.clone()], &pages, folder.path()).unwrap();
    let kept = fs::read_to_string(folder.path().join("csv/sessions_persistency.csv")).unwrap();
    assert!(kept.lines().nth(1).unwrap().starts_with("1,100,"), "{kept}");
    write_overview(&[tuned, untuned], &pages, folder.path()).unwrap();
    let lost = fs::read_to_string(folder.path().join("csv/sessions_persistency.csv")).unwrap();
    assert!(!lost.lines().nth(1).unwrap().starts_with("1,100,"), "{lost}");
}
