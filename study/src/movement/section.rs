//! The section on continuous decoding.

use std::collections::BTreeMap;

use recording::{ScoreIn, Stream, StreamOptions};

use super::{MovementCondition, MovementEntry, MovementMethod, WEIGHT_BITS};
use crate::neurobench::{HARNESS, NetworkMetrics};
use crate::report::plot::{Axes, Bar, Line, bars, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::{Estimate, estimate};

/// What the section is about.
pub(super) struct Facts<'a> {
    pub(super) entries: &'a [MovementEntry],
    pub(super) stream: &'a Stream,
    pub(super) options: &'a StreamOptions,
    pub(super) folds: usize,
    pub(super) seeds: u64,
    /// Synapses of the network in its standard size.
    pub(super) n_synapses: usize,
    /// Whether pieces are trials with silence between them.
    pub(super) is_in_trials: bool,
}

/// R² of a decoder by block: means over seeds.
fn by_block(entries: &[MovementEntry], method: MovementMethod, condition: MovementCondition) -> BTreeMap<usize, f64> {
    let mut blocks: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for MovementEntry { run, outcome, .. } in entries {
        if let Some(r2) = outcome.score.r2.filter(|_| run.method == method && run.condition == condition) {
            blocks.entry(run.fold).or_default().push(r2);
        }
    }
    blocks.into_iter().map(|(fold, r2)| (fold, r2.iter().sum::<f64>() / r2.len() as f64)).collect()
}

/// R² of a decoder over all blocks.
pub(super) fn r2(entries: &[MovementEntry], method: MovementMethod, condition: MovementCondition) -> Option<Estimate> {
    estimate(&by_block(entries, method, condition).into_values().collect::<Vec<_>>())
}

/// R² less that of another, of the blocks that both have.
fn difference(
    entries: &[MovementEntry],
    (method, other): (MovementMethod, MovementMethod),
    condition: MovementCondition,
) -> Option<Estimate> {
    let (one, other) = (by_block(entries, method, condition), by_block(entries, other, condition));
    let pairs: Vec<f64> = one.iter().filter_map(|(fold, r2)| Some(r2 - other.get(fold)?)).collect();
    estimate(&pairs)
}

/// The section.
pub(super) fn section(facts: &Facts<'_>) -> Section {
    let mut panels = vec![methods(facts, MovementCondition::Plain, "movement", "")];
    if facts.is_in_trials {
        let caption = " The silent gaps between trials are filled with random spikes at the mean rate of each unit.";
        panels.push(methods(facts, MovementCondition::FilledGaps, "movement_filled", caption));
    }
    panels.extend([over_lag(facts), over_synapses(facts), over_bits(facts), neurobench(facts)]);
    Section { id: "continuous", title: "Continuous decoding".to_owned(), words: words(facts), panels }
}

fn words(facts: &Facts<'_>) -> Vec<String> {
    let Facts { stream, options, folds, seeds, .. } = facts;
    let mut words = vec![format!(
        "`{}` ({}) is decoded at every tick of {} ms by networks that are never restarted within a block. {folds} contiguous blocks \
         are tested in turn, with gaps of a second around each; seeds of random decoders: {seeds}. R² is 1 less the squared error \
         by the variance of the labels, over all ticks of a block, mean over axes. Intervals are over blocks.",
        stream.target,
        stream.axes.join(", "),
        stream.tick_ms,
    )];
    if options.derivative {
        words.push("What is decoded is the change of that series over a tick.".to_owned());
    }
    if options.lag_ms != 0 {
        words
            .push(format!("It is decoded as it is {} ms after the tick, but where lags are compared.", options.lag_ms));
    }
    match &options.score_in {
        ScoreIn::All => {}
        ScoreIn::Trials => words.push("Only ticks in trials are learned and scored.".to_owned()),
        ScoreIn::Series(mask) => words.push(format!("Only ticks where `{mask}` is not 0 are learned and scored.")),
    }
    if facts.is_in_trials {
        words.push(format!(
            "The labels are in {} pieces with silence between them, as of trials: the silence tells a decoder with memory when a \
             movement starts. So R² of networks is too high here, and that with the gaps filled, below it, is what does not come \
             from the clock of the trial.",
            stream.pieces().len()
        ));
    }
    if options.fill_gaps {
        words.push(format!("{} silent ticks between pieces are filled with random spikes.", stream.n_filled));
    }
    words
}

fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Missing, |value| if value.is_nan() { Value::Missing } else { Value::Number(value, 3) })
}

fn methods(facts: &Facts<'_>, condition: MovementCondition, name: &str, more: &str) -> Panel {
    let mut table = Table::new(&[
        "decoder",
        "R²",
        "95 % low",
        "95 % high",
        "less that of the Wiener filter",
        "95 % low",
        "95 % high",
        "parameters",
    ]);
    let mut shown = Vec::new();
    for method in MovementMethod::ALL {
        let Some(Estimate { mean, interval, .. }) = r2(facts.entries, method, condition) else { continue };
        let to_wiener = (method != MovementMethod::Wiener)
            .then(|| difference(facts.entries, (method, MovementMethod::Wiener), condition))
            .flatten();
        let first = facts.entries.iter().find(|entry| entry.run.method == method && entry.run.condition == condition);
        table.push([
            method.to_string().into(),
            number(Some(mean)),
            number(Some(interval.low)),
            number(Some(interval.high)),
            number(to_wiener.map(|by| by.mean)),
            number(to_wiener.map(|by| by.interval.low)),
            number(to_wiener.map(|by| by.interval.high)),
            first.map_or(Value::Missing, |entry| entry.outcome.n_parameters.into()),
        ]);
        shown.push(Bar { name: method.to_string(), value: mean, error: Some((interval.low, interval.high)) });
    }
    Panel {
        name: name.to_owned(),
        caption: format!("R² on test blocks; lines: 95 % over blocks.{more}"),
        figure: Some(bars(&shown, &Axes { y: "R²".to_owned(), ..Axes::default() }, false)),
        table,
        shows_table: true,
    }
}

/// A line of R² over what a condition changes.
fn over(
    facts: &Facts<'_>,
    (name, x): (&str, &str),
    methods: &[MovementMethod],
    caption: String,
    value: impl Fn(MovementCondition) -> Option<f64>,
) -> Panel {
    let mut conditions: Vec<(f64, MovementCondition)> = Vec::new();
    for entry in facts.entries {
        let condition = entry.run.condition;
        if let Some(x) = value(condition)
            && !conditions.iter().any(|(_, other)| *other == condition)
        {
            conditions.push((x, condition));
        }
    }
    conditions.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut table = Table::new(&[x, "decoder", "R²", "95 % low", "95 % high"]);
    let mut drawn = Vec::new();
    for &method in methods {
        let mut line = Line { name: method.to_string(), ..Line::default() };
        for &(x, condition) in &conditions {
            let Some(Estimate { mean, interval, .. }) = r2(facts.entries, method, condition) else { continue };
            table.push([
                Value::Number(x, 0),
                method.to_string().into(),
                number(Some(mean)),
                number(Some(interval.low)),
                number(Some(interval.high)),
            ]);
            line.points.push((x, mean));
            line.band.push((interval.low, interval.high));
        }
        drawn.push(line);
    }
    let axes = Axes { x: x.to_owned(), y: "R²".to_owned(), ..Axes::default() };
    Panel { name: name.to_owned(), caption, figure: Some(lines(&drawn, &axes)), table, shows_table: true }
}

fn over_lag(facts: &Facts<'_>) -> Panel {
    let caption = "R² over the lag: how much later than the tick the movement holds. A decoder with memory is best at negative lags, \
                   since it may wait; so the lag is never chosen by R².".to_owned();
    over(
        facts,
        ("movement_lag", "lag (ms)"),
        &[MovementMethod::Network, MovementMethod::Wiener],
        caption,
        |condition| match condition {
            MovementCondition::Plain => Some(f64::from(facts.options.lag_ms)),
            MovementCondition::Lag(lag_ms) => Some(f64::from(lag_ms)),
            _ => None,
        },
    )
}

fn over_synapses(facts: &Facts<'_>) -> Panel {
    let caption = "R² over the number of synapses that pruning leaves.".to_owned();
    over(facts, ("movement_synapses", "synapses"), &[MovementMethod::Network], caption, |condition| match condition {
        MovementCondition::Plain => Some(facts.n_synapses as f64),
        MovementCondition::Synapses(n_synapses) => Some(n_synapses as f64),
        _ => None,
    })
}

fn over_bits(facts: &Facts<'_>) -> Panel {
    let caption = "R² over the bits of a weight, trained with so many.".to_owned();
    over(facts, ("movement_bits", "bits of a weight"), &[MovementMethod::Network], caption, |condition| match condition
    {
        MovementCondition::Plain => Some(f64::from(WEIGHT_BITS)),
        MovementCondition::WeightBits(bits) => Some(f64::from(bits)),
        _ => None,
    })
}

/// A row of a leaderboard.
struct Published {
    name: &'static str,
    r2: f64,
    footprint: usize,
    dense: usize,
    /// Connection sparsity, activation sparsity, effective MACs and ACs, where they are published.
    others: Option<[f64; 4]>,
}

/// Where the rows are published; their state is that of 2 December 2024.
const SOURCE: &str =
    "https://github.com/NeuroBench/neurobench/blob/e521c28f5798cb40bb9423758bf066dad53fe070/leaderboard.rst";
/// NeuroBench's "Non-Human Primate Motor Prediction": the submitted solutions, averaged over all recordings of both monkeys.
const LEADERBOARD: [Published; 5] = [
    Published { name: "AEGRU", r2: 0.71, footprint: 45_500, dense: 25_100, others: None },
    Published { name: "GRU-t1", r2: 0.707, footprint: 352_904, dense: 22_342, others: Some([0.0, 0.0, 8518.0, 793.0]) },
    Published {
        name: "bigSNN",
        r2: 0.698,
        footprint: 4_833_360,
        dense: 1_206_272,
        others: Some([0.0, 0.968, 0.0, 42_003.0]),
    },
    Published {
        name: "tinyRSNN",
        r2: 0.66,
        footprint: 27_144,
        dense: 13_440,
        others: Some([0.455, 0.984, 0.0, 304.0]),
    },
    Published { name: "GRU-t2", r2: 0.621, footprint: 174_104, dense: 4947, others: Some([0.0, 0.0, 627.0, 248.0]) },
];

fn neurobench(facts: &Facts<'_>) -> Panel {
    let mut table = Table::new(&[
        "decoder",
        "recording",
        "R²",
        "footprint (bytes)",
        "connection sparsity",
        "activation sparsity",
        "dense",
        "effective MACs",
        "effective ACs",
        "execution rate (Hz)",
    ]);
    let is_plain = |entry: &&MovementEntry| entry.run.condition == MovementCondition::Plain;
    let metrics: Vec<&NetworkMetrics> =
        facts.entries.iter().filter(is_plain).filter_map(|entry| entry.outcome.metrics.as_ref()).collect();
    if !metrics.is_empty() {
        let mean = |of: fn(&NetworkMetrics) -> f64| {
            metrics.iter().map(|metrics| of(metrics)).sum::<f64>() / metrics.len() as f64
        };
        table.push([
            "this network".into(),
            "this one".into(),
            number(r2(facts.entries, MovementMethod::Network, MovementCondition::Plain).map(|r2| r2.mean)),
            Value::Number(mean(|metrics| metrics.footprint_bytes as f64), 0),
            Value::Number(mean(|metrics| metrics.connection_sparsity), 3),
            Value::Number(mean(|metrics| metrics.activation_sparsity), 3),
            Value::Number(mean(|metrics| metrics.operations.dense), 0),
            Value::Number(mean(|metrics| metrics.operations.effective_macs), 0),
            Value::Number(mean(|metrics| metrics.operations.effective_acs), 0),
            Value::Number(1000.0 / f64::from(facts.stream.tick_ms), 0),
        ]);
    }
    for Published { name, r2, footprint, dense, others } in LEADERBOARD {
        let other = |place: usize, digits| others.map_or(Value::Missing, |others| Value::Number(others[place], digits));
        table.push([
            name.into(),
            "primate reaching".into(),
            Value::Number(r2, 3),
            footprint.into(),
            other(0, 3),
            other(1, 3),
            dense.into(),
            other(2, 0),
            other(3, 0),
            Value::Number(250.0, 0),
        ]);
    }
    Panel {
        name: "movement_neurobench".to_owned(),
        caption: format!(
            "The metrics of {HARNESS}, a sample being a tick, and rows of its leaderboard ({SOURCE}). Those are of other recordings: \
             their R² cannot be compared with this one."
        ),
        figure: None,
        table,
        shows_table: true,
    }
}

/// That the network is above the linear filters.
pub(super) fn claims(entries: &[MovementEntry], is_in_trials: bool) -> Vec<Claim> {
    let condition = if is_in_trials { MovementCondition::FilledGaps } else { MovementCondition::Plain };
    let with = if is_in_trials { ", with gaps between trials filled" } else { "" };
    let claim = |other: MovementMethod| {
        let claim = format!("The spiking network is above the {other} in R²{with}");
        let Some(by) = difference(entries, (MovementMethod::Network, other), condition) else {
            return Claim::not_tested(claim, Source::Choice);
        };
        let Estimate { mean, interval, n, .. } = by;
        let verdict = match n {
            0..3 => Verdict::UndecidedByDesign,
            _ if interval.low > 0.0 => Verdict::Holds,
            _ if interval.high < 0.0 => Verdict::Fails,
            _ => Verdict::Undecided,
        };
        let evidence = format!("{mean:+.3} (95 % over {n} blocks: {:+.3} to {:+.3})", interval.low, interval.high);
        Claim { claim, source: Source::Choice, verdict, evidence }
    };
    [MovementMethod::Wiener, MovementMethod::Kalman].map(claim).to_vec()
}
