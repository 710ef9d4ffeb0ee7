//! The front of results made by hand, and what is claimed of it.

use recording::{Dataset, SyntheticOptions, WindowOptions, generate};
use study::energy::OperationCount;
use study::outcome::{DecidedWindow, Outcome};
use study::plan::Plan;
use study::report::sections::front;
use study::report::{Claim, Section, Value, Verdict};
use study::results::Results;
use study::run::{Condition, Matching, Method, Observation, Run};
use study::store::Entry;
use study::training::Training;
use train::Topology;
use train::baseline::recurrent::{Cell, RecurrentSizes};
use train::network::Network;

const N_TICKS: usize = 50;
const N_TRIALS: usize = 200;

/// A decoder of some size that decides the first `n_right` trials correctly.
fn entry(method: Method, condition: Condition, n_right: usize, operations: OperationCount) -> Entry {
    let window = |trial| DecidedWindow { trial, class: 0, decisions: vec![u16::from(trial >= n_right)] };
    let windows = (0..N_TRIALS).map(window).collect();
    let outcome =
        Outcome { windows, n_neurons: 8, n_parameters: 100, operations: vec![operations], ..Outcome::default() };
    let observation = Observation::Decisions;
    Entry {
        run: Run { method, condition, tick_ms: 1, folds: 2, fold: 0, seed: 1, observation },
        outcome,
        seconds: 0.0,
        instructions: String::new(),
    }
}

fn gru(n_units: usize, n_right: usize) -> Entry {
    let sizes = RecurrentSizes { n_channels: 24, n_hidden: n_units, n_classes: 4 };
    let operations = OperationCount::recurrent(Cell::Gru, sizes, N_TICKS);
    entry(Method::Gru(Matching::Units(n_units)), Condition::Plain, n_right, operations)
}

/// A network of 24 neurons, one of a third of them, and LDA.
fn others(n_right: [usize; 3]) -> Vec<Entry> {
    let network = || Method::Network("small".to_owned());
    vec![
        entry(network(), Condition::Plain, n_right[0], OperationCount::spiking(1000.0, 28, N_TICKS)),
        entry(network(), Condition::Divided { divisor: 3 }, n_right[1], OperationCount::spiking(300.0, 12, N_TICKS)),
        entry(Method::Lda, Condition::Plain, n_right[2], OperationCount::linear_on_counts(4, N_TICKS, 60.0)),
    ]
}

/// The section and the claims, about energy and about LDA.
fn judged(entries: &[Entry]) -> (Section, [Claim; 2]) {
    let options = SyntheticOptions { n_channels: 24, trials_per_direction: 10, ..SyntheticOptions::default() };
    let dataset = Dataset::cut(&generate(&options).unwrap(), &WindowOptions::default()).unwrap();
    let topology = Topology::parse(include_str!("small.toml"), "small.toml").unwrap();
    let network = Network::new(&topology, 24, 4, 1.0, 8, 1).unwrap();
    let plan = Plan::quick(1, vec![topology]);
    let training = Training { epochs: 1, standard_epochs: 1, n_windows: 20, batch_size: 16, n_steps: 2 };
    let results = Results {
        entries,
        plan: &plan,
        dataset: &dataset,
        angles_rad: &[],
        network: &network,
        is_measured: false,
        training,
    };
    (front::section(&results), front::claims(&results).try_into().unwrap())
}

#[test]
fn energy_is_compared_between_the_cheapest_that_are_as_accurate() {
    let verdict = |grus: [usize; 2], networks: [usize; 3]| {
        let mut entries = others(networks);
        entries.extend([gru(2, grus[0]), gru(32, grus[1])]);
        let (_, [energy, _]) = judged(&entries);
        (energy.verdict, energy.evidence)
    };
    // The small GRU is much worse: the large one is compared.
    let (holds, evidence) = verdict([100, 200], [200, 199, 200]);
    assert_eq!(holds, Verdict::Holds, "{evidence}");
    assert!(evidence.contains("small, 1/3 of the neurons (99.5 %") && evidence.contains("GRU, 32 units"), "{evidence}");
    // It is as good.
    let (fails, evidence) = verdict([199, 200], [200, 199, 200]);
    assert_eq!(fails, Verdict::Fails, "{evidence}");
    assert!(evidence.contains("GRU, 2 units"), "{evidence}");
    // The small network is much worse.
    let (_, evidence) = verdict([199, 200], [200, 100, 200]);
    assert!(evidence.contains("small (100.0 %"), "{evidence}");
    let (fails, evidence) = verdict([100, 200], [100, 100, 200]);
    assert!(fails == Verdict::Fails && evidence.starts_with("no spiking network is as accurate"), "{evidence}");
}

#[test]
fn trials_that_tell_no_5_points_do_not_decide_it() {
    let mut entries = others([200, 200, 200]);
    entries.push(gru(32, 200));
    // Equally often right, in other trials.
    for (entry, trials) in entries.iter_mut().zip([[0, 1, 2], [0, 1, 2], [0, 1, 2], [1, 2, 3]]) {
        entry.outcome.windows.truncate(40);
        for window in &mut entry.outcome.windows {
            window.decisions = vec![u16::from(!trials.contains(&(window.trial % 4)))];
        }
    }
    let (_, [energy, _]) = judged(&entries);
    assert_eq!(energy.verdict, Verdict::UndecidedByDesign, "{}", energy.evidence);
    assert!(energy.evidence.contains("trials to tell 5 points"), "{}", energy.evidence);
}

#[test]
fn the_place_of_lda_is_said_first() {
    let mut entries = others([200, 150, 200]);
    entries.push(gru(32, 200));
    let (section, [_, lda]) = judged(&entries);
    assert_eq!(lda.verdict, Verdict::Fails, "{}", lda.evidence);
    let words = section.words.join(" ");
    assert!(words.contains("shrinkage LDA decides with 1/"), "{words}");
    assert!(lda.evidence.contains("small (100.0 %") && lda.evidence.contains("LDA (100.0 %"), "{}", lda.evidence);
}

#[test]
fn the_table_tells_what_is_on_which_front() {
    let mut entries = others([200, 150, 175]);
    entries.push(gru(32, 200));
    let (section, _) = judged(&entries);
    let table = &section.panels[0].table;
    let on = |name: &str| {
        let row = table.rows.iter().find(|row| row[0] == Value::from(name)).unwrap();
        row.last().unwrap().clone()
    };
    assert_eq!(on("LDA"), "fp32, integer".into());
    assert_eq!(on("small, 1/3 of the neurons"), "".into(), "LDA is better and takes less");
    assert_eq!(on("small"), "fp32, integer".into(), "a GRU of as many parameters takes fewer bytes");
    assert_eq!(on("GRU, 32 units"), "bytes".into());
}
