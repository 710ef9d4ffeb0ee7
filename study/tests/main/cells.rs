//! Studies in parts: what a cell depends on, and that parts come to what one process comes to.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use recording::Recording;
use study::cells::{Divisible, PlannedCell, Reporting, Workload, deal};
use study::experiments::Experiment;
use study::report::{PAGE, StudyReport};
use study::runner::Simulator;
use study::store::Entry;
use study::study::{Study, StudyOptions};
use train::Topology;
use train::network::Network;

use crate::study::{digest, options, recording, results, run};

static RUNNING: AtomicBool = AtomicBool::new(false);

fn study<'a>(recording: &'a Recording, options: &'a StudyOptions, folder: &Path) -> Study<'a> {
    Study::new(recording, options, folder, None, &RUNNING).unwrap()
}

fn plan(recording: &Recording, options: &StudyOptions) -> Vec<PlannedCell> {
    study(recording, options, Path::new("none")).plan().unwrap()
}

/// Names by id.
fn ids(recording: &Recording, options: &StudyOptions) -> BTreeMap<String, String> {
    plan(recording, options).into_iter().map(|cell| (cell.id, cell.name)).collect()
}

/// A short study of everything.
fn brief(experiments: &[Experiment]) -> StudyOptions {
    let mut options = options(experiments);
    options.plan.epochs = Some(2);
    options
}

#[test]
fn parts_come_to_what_one_process_comes_to_bit_for_bit() {
    let (recording, options) = (recording(1.0), brief(&Experiment::ALL));
    let whole = tempfile::tempdir().unwrap();
    let expected = run(&recording, &options, whole.path()).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let cells = plan(&recording, &options);
    let costs: Vec<f64> = cells.iter().map(|cell| cell.cost).collect();
    for part in 0..3 {
        // Each part is a process of its own, which deals by itself.
        let study = study(&recording, &options, folder.path());
        let dealt = cells.iter().zip(deal(&costs, 3)).filter(|(_, of)| *of == part);
        let ids: HashSet<String> = dealt.map(|(cell, _)| cell.id.clone()).collect();
        study.work(&ids, &RUNNING, &|_| {}).unwrap();
        assert!(study.plan().unwrap().iter().all(|cell| cell.known || !ids.contains(&cell.id)));
    }
    assert!(!folder.path().join(PAGE).exists());
    let (report, missing) = study(&recording, &options, folder.path()).gather(folder.path()).unwrap();
    assert_eq!((missing, &report.warnings), (Vec::new(), &Vec::new()));
    assert_eq!((digest(&report), &report.claims), (digest(&expected), &expected.claims));
    assert_eq!(report.sections, expected.sections);
    let names = |folder: &Path| -> BTreeSet<_> {
        results(folder).iter().map(|path| path.file_name().unwrap().to_owned()).collect()
    };
    assert_eq!(names(folder.path()), names(whole.path()));
}

#[test]
fn the_report_of_some_cells_names_the_others() {
    let (recording, options) = (recording(1.0), brief(&Experiment::ALL));
    let folder = tempfile::tempdir().unwrap();
    run(&recording, &options, folder.path()).unwrap();
    let whole = tempfile::tempdir().unwrap();
    fs::rename(folder.path().join("cells"), whole.path().join("cells")).unwrap();
    let cells = plan(&recording, &options);
    // Of cells that are missing in many ways, each remainder must make a report.
    for (every, first) in [(2, 0), (3, 1), (1, 0)] {
        fs::create_dir_all(folder.path().join("cells")).unwrap();
        let is_kept = |index: usize| index % every != first;
        for (index, PlannedCell { id, .. }) in cells.iter().enumerate() {
            let name = format!("cells/{id}.json");
            if is_kept(index) {
                fs::copy(whole.path().join(&name), folder.path().join(&name)).unwrap();
            }
        }
        let (report, missing) = study(&recording, &options, folder.path()).gather(folder.path()).unwrap();
        let expected: Vec<&PlannedCell> =
            cells.iter().enumerate().filter(|(index, _)| !is_kept(*index)).map(|(_, cell)| cell).collect();
        assert_eq!(missing.iter().collect::<Vec<_>>(), expected);
        let warning = format!("{} of {} cells are missing", missing.len(), cells.len());
        assert!(report.warnings[0].starts_with(&warning), "{:?}", report.warnings);
        assert!(fs::read_to_string(folder.path().join(PAGE)).unwrap().contains(&warning));
        fs::remove_dir_all(folder.path().join("cells")).unwrap();
    }
}

#[test]
fn a_result_that_comes_late_is_waited_for() {
    let (recording, options) = (recording(1.0), brief(&[Experiment::Sparsity]));
    let folder = tempfile::tempdir().unwrap();
    run(&recording, &options, folder.path()).unwrap();
    let late = results(folder.path()).pop_first().unwrap();
    let away = folder.path().join("late.json");
    fs::rename(&late, &away).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(1));
            fs::rename(&away, &late).unwrap();
        });
        let (_, missing) = study(&recording, &options, folder.path()).gather(folder.path()).unwrap();
        assert_eq!(missing, []);
    });
}

#[test]
fn two_processes_with_one_store_end_with_the_same_report() {
    let (recording, options) = (recording(1.0), brief(&[Experiment::Sparsity]));
    let folder = tempfile::tempdir().unwrap();
    let reports: Vec<StudyReport> = thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| run(&recording, &options, folder.path()).unwrap()));
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(digest(&reports[0]), digest(&reports[1]));
    assert_eq!(results(folder.path()).len(), plan(&recording, &options).len());
}

#[test]
fn a_cell_depends_on_what_it_uses_and_no_more() {
    let recording = recording(1.0);
    let base = options(&Experiment::ALL);
    let before = ids(&recording, &base);
    // What of the cells is new if the options are changed so.
    let new = |change: &dyn Fn(&mut StudyOptions)| {
        let mut options = base.clone();
        change(&mut options);
        let after = ids(&recording, &options);
        (after.into_iter().filter(|(id, _)| !before.contains_key(id)).map(|(_, name)| name)).collect::<Vec<String>>()
    };
    let all = before.len();
    assert_eq!(new(&|_| {}), [""; 0]);

    let other = new(&|options| options.plan.topologies.push(Topology::load("T3").unwrap()));
    assert!(!other.is_empty() && other.iter().all(|name| name.starts_with("T3, ")), "{other:?}");
    let rates = new(&|options| options.plan.noise_rates_hz.push(300.0));
    assert!(!rates.is_empty() && rates.iter().all(|name| name.ends_with("tested in noise")), "{rates:?}");
    assert_eq!(rates.len(), before.values().filter(|name| name.ends_with("tested in noise")).count());
    let seeds = new(&|options| options.plan.seeds = 2);
    assert!(seeds.len() == all && seeds.iter().all(|name| name.contains("seed 2")), "{seeds:?}");
    assert_eq!(new(&|options| options.plan.first_seed = 2), seeds);
    assert_eq!(new(&|options| options.plan.experiments = vec![Experiment::Noise]), [""; 0]);
    assert_eq!(new(&|options| options.n_threads = 1), [""; 0]);
    let trained = new(&|options| options.plan.epochs = Some(3));
    assert!(trained.iter().all(|name| !name.starts_with("LDA") && !name.starts_with("naive Bayes")), "{trained:?}");
    assert_eq!(
        trained.len(),
        all - before.values().filter(|name| name.starts_with("LDA") || name.starts_with("naive")).count()
    );
    assert_eq!(new(&|options| options.windows.offset_ms = 1.0).len(), all);

    let mut changed = base.plan.topologies[0].clone();
    changed.areas[0].neurons += 1;
    let network = new(&|options| options.plan.topologies = vec![changed.clone()]);
    let depends = |name: &&String| name.starts_with("GRU, equal") || name.starts_with("LSTM, equal");
    assert!(network.iter().filter(depends).count() > 0);
    let is_free =
        |name: &str| ["LDA", "naive Bayes", "GRU, 4 units", "LSTM, 4 units"].iter().any(|one| name.starts_with(one));
    assert!(network.iter().all(|name| !is_free(name)), "{network:?}");
}

#[test]
fn other_hardware_or_none_concerns_only_what_is_measured() {
    let (recording, options) = (recording(1.0), brief(&Experiment::ALL));
    let measure = |_: &Network, _: &[&[Vec<u16>]]| Ok(None);
    let ids = |hardware: Option<&str>| -> BTreeMap<String, String> {
        let simulator = hardware.map(|hardware| Simulator { core: "up5k", hardware, measure: &measure });
        let study = Study::new(&recording, &options, Path::new("none"), simulator, &RUNNING).unwrap();
        study.plan().unwrap().into_iter().map(|cell| (cell.id, cell.name)).collect()
    };
    let one = ids(Some("one"));
    for other in [ids(Some("other")), ids(None)] {
        let new: Vec<&String> = other.iter().filter(|(id, _)| !one.contains_key(*id)).map(|(_, name)| name).collect();
        assert_eq!(new.len(), 2, "{new:?}");
        assert!(new.iter().all(|name| name.contains(", plain, ") && name.ends_with("tested in noise")), "{new:?}");
    }
}

#[test]
fn results_of_processors_that_differ_are_used_with_a_warning() {
    let (recording, options) = (recording(1.0), brief(&[Experiment::Sparsity]));
    let folder = tempfile::tempdir().unwrap();
    let report = run(&recording, &options, folder.path()).unwrap();
    assert_eq!(report.warnings, [""; 0]);
    let path = results(folder.path()).pop_first().unwrap();
    let mut entry: Entry = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    entry.instructions = "other instructions".to_owned();
    fs::write(&path, serde_json::to_vec(&entry).unwrap()).unwrap();
    let report = run(&recording, &options, folder.path()).unwrap();
    assert!(report.warnings[0].contains("other instructions: 1"), "{:?}", report.warnings);
}

#[test]
fn a_store_says_what_its_results_are_of_and_studies_share_it() {
    let recording = recording(1.0);
    let (first, second) = (brief(&[Experiment::Sparsity]), brief(&[Experiment::Sparsity, Experiment::Noise]));
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("cells");
    let of = |options, name: &str| {
        let study: Study<'_> = study(&recording, options, &folder.path().join(name));
        study.keep_in(&store)
    };
    for (options, name, n_new) in [(&first, "a", 4), (&second, "b", 24)] {
        let study = of(options, name);
        let workload = Workload::of(&study.plan().unwrap(), 1);
        assert_eq!(workload.n_runs - workload.n_known, n_new);
        assert!(workload.seconds > 0.0);
        study.run(&folder.path().join(name), &RUNNING, &|_| {}).unwrap();
        assert_eq!(Workload::of(&study.plan().unwrap(), 1).seconds, 0.0);
    }
    let manifests: Vec<serde_json::Value> = fs::read_dir(&store)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("study-"))
        .map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        .collect();
    assert_eq!(manifests.len(), 2);
    let mut named = BTreeSet::new();
    for manifest in &manifests {
        assert_eq!(manifest["recording_sha256"], recording.sha256.as_str());
        assert_eq!(manifest["options"]["extent"]["epochs"], 2);
        let cells = manifest["cells"].as_array().unwrap();
        named.extend(cells.iter().map(|cell| format!("{}.json", cell[0].as_str().unwrap())));
    }
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let names: BTreeSet<String> = results(folder.path()).iter().map(name).collect();
    assert_eq!(named, names, "every result is named by a manifest");
    let entry: Entry = serde_json::from_slice(&fs::read(results(folder.path()).pop_first().unwrap()).unwrap()).unwrap();
    assert!(!entry.instructions.is_empty());
}
