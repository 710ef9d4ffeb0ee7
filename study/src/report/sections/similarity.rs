//! Network and recording side by side.

use super::{file_name, share};
use crate::analysis::circuit::{DirectCells, GroupTuning};
use crate::analysis::statistics::Summary;
use crate::report::plot::{Axes, Bar, Line, bars, raster, trajectories};
use crate::report::{Panel, Section, Table, Value};
use crate::results::Results;
use crate::run::Condition;
use crate::similarity::{Population, Similarity};

/// The section: the first fold and seed of the first topology drawn, all of them in the tables.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let entries = results.tuned(&results.first(), Condition::Plain);
    let all: Vec<&Similarity> = entries.iter().filter_map(|entry| entry.outcome.similarity.as_ref()).collect();
    let mut panels = Vec::new();
    if let Some(first) = all.first() {
        panels.push(raster_panel(first));
        panels.push(single_panel(&all));
        panels.push(population_panel(&all));
        panels.extend(first.populations.iter().take(2).map(|population| path_panel(results, population)));
        panels.push(connectivity_panel(&all));
        panels.push(balance_panel(&all));
        panels.push(coherence_panel(&all));
        panels.extend(direct_panel(&all));
    }
    let without_direct_cells = direct_panel(&all).is_none().then(|| {
        "Corticomotoneuronal-like cells do not apply: in this network no neuron of the first area drives the last one \
         directly."
            .to_owned()
    });
    Section {
        id: "similarity",
        title: "Similarity".to_owned(),
        words: vec![
            "What the trained network and the recorded units have in common in held-out trials: single neurons, populations, and \
             the circuit. The authors do not name their measures; these are the usual ones [C]. Tables give means over folds \
             and seeds; plots show the first fold and seed."
                .to_owned(),
        ]
        .into_iter()
        .chain(without_direct_cells)
        .collect(),
        panels,
    }
}

/// Mean over those that have the figure.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Value {
    let values: Vec<f64> = values.flatten().collect();
    if values.is_empty() { Value::Missing } else { Value::Number(values.iter().sum::<f64>() / values.len() as f64, 3) }
}

/// A figure of a population, where it has it.
type PopulationFigure<'a> = dyn Fn(&Population) -> Option<f64> + 'a;

/// A row for each population of the first, with figures from the same population of all.
fn rows(all: &[&Similarity], table: &mut Table, figures: &[&PopulationFigure<'_>]) {
    for (index, population) in all[0].populations.iter().enumerate() {
        let same = || all.iter().filter_map(|one| one.populations.get(index));
        let numbers = figures.iter().map(|figure| mean(same().map(figure)));
        table.push([Value::from(population.name.as_str()), population.n_units.into()].into_iter().chain(numbers));
    }
}

fn raster_panel(one: &Similarity) -> Panel {
    let mut start = 0;
    let bands: Vec<(String, std::ops::Range<usize>)> = one
        .bands
        .iter()
        .map(|(name, size)| {
            start += size;
            (name.clone(), start - size..start)
        })
        .collect();
    let mut table = Table::new(&["time (ms)", "unit"]);
    for (tick, units) in one.raster.iter().enumerate() {
        for &unit in units {
            table.push([Value::Number(tick as f64 * one.tick_ms, 0), usize::from(unit).into()]);
        }
    }
    Panel {
        name: "raster".to_owned(),
        caption: "A held-out trial: recorded units and the network's neurons. The network restarts at every window."
            .to_owned(),
        figure: Some(raster(&one.raster, one.tick_ms, &bands)),
        table,
        shows_table: false,
    }
}

fn single_panel(all: &[&Similarity]) -> Panel {
    let mut table = Table::new(&[
        "population",
        "units",
        "rate, median (Hz)",
        "ISI CV, median",
        "Fano factor, median",
        "lifetime sparseness, median",
        "KS distance of rates from the recording",
        "of ISI CV",
        "of Fano factors",
        "of sparseness",
    ]);
    let median = |summary: Option<Summary>| summary.map(|it| it.median);
    rows(
        all,
        &mut table,
        &[
            &|it| median(it.single_units.rate_hz),
            &|it| median(it.single_units.isi_cv),
            &|it| median(it.single_units.fano),
            &|it| median(it.single_units.sparseness),
            &|it| it.distance.and_then(|it| it.rate_hz).map(|it| it.distance),
            &|it| it.distance.and_then(|it| it.isi_cv).map(|it| it.distance),
            &|it| it.distance.and_then(|it| it.fano).map(|it| it.distance),
            &|it| it.distance.and_then(|it| it.sparseness).map(|it| it.distance),
        ],
    );
    Panel {
        name: "single_units".to_owned(),
        caption: "Single neurons: rate, regularity and variability over trials (each 1 for a Poisson train), and how few directions \
                  a unit responds to; Kolmogorov-Smirnov distances from the recorded units (0 identical, 1 disjoint)."
            .to_owned(),
        figure: None,
        table,
        shows_table: true,
    }
}

fn population_panel(all: &[&Similarity]) -> Panel {
    let mut table = Table::new(&[
        "population",
        "units",
        "population vector, mean error (degrees)",
        "with directions shuffled",
        "dimensions of trials",
        "of class means",
        "largest canonical correlation with the recording, held out",
        "shuffled, 95 % below",
        "preferred directions not uniform, p",
    ]);
    rows(
        all,
        &mut table,
        &[
            &|it| it.vector.mean_error_deg,
            &|it| it.vector.shuffled_error_deg,
            &|it| it.dimensionality.of_trials,
            &|it| it.dimensionality.of_class_means,
            &|it| it.shared.as_ref().and_then(|it| it.held_out.first().copied()),
            &|it| it.shared.as_ref().and_then(|it| it.shuffled_upper_95.first().copied()),
            &|it| it.preferred.unimodal.map(|it| it.p),
        ],
    );
    Panel {
        name: "populations".to_owned(),
        caption:
            "Populations: error of the population vector (left-out trials), participation ratio, canonical correlation."
                .to_owned(),
        figure: None,
        table,
        shows_table: true,
    }
}

fn path_panel(results: &Results<'_>, population: &Population) -> Panel {
    let classes = &results.dataset.classes;
    let mut table = Table::new(&["class", "tick", "component 1 (Hz)", "component 2 (Hz)"]);
    let mut paths = Vec::new();
    for (class, components) in classes.iter().zip(&population.paths.paths_hz) {
        let (Some(first), Some(second)) = (components.first(), components.get(1)) else { continue };
        let points: Vec<(f64, f64)> = first.iter().copied().zip(second.iter().copied()).collect();
        for (tick, &(x, y)) in points.iter().enumerate() {
            table.push([class.as_str().into(), tick.into(), Value::Number(x, 2), Value::Number(y, 2)]);
        }
        paths.push(Line { name: format!("target {class}"), points, band: Vec::new() });
    }
    let explained = |index: usize| 100.0 * population.paths.explained.get(index).copied().unwrap_or(0.0);
    let axes = Axes {
        x: format!("component 1 ({:.0} % of the variance)", explained(0)),
        y: format!("component 2 ({:.0} %)", explained(1)),
        ..Axes::default()
    };
    Panel {
        name: file_name("paths", &population.name),
        caption: format!(
            "{}: smoothed mean rates of each target in their principal components; the dot marks the start.",
            population.name
        ),
        figure: Some(trajectories(&paths, &axes)),
        table,
        shows_table: false,
    }
}

fn connectivity_panel(all: &[&Similarity]) -> Panel {
    let mut table = Table::new(&["from", "to", "kind", "synapses", "events per tick", "weighted", "net"]);
    let mut heights = Vec::new();
    for (index, projection) in all[0].connectivity.projections.iter().enumerate() {
        let same = || all.iter().filter_map(|one| one.connectivity.projections.get(index));
        let number =
            |of: &dyn Fn(&crate::analysis::circuit::KindFlow) -> f64| mean(same().map(|it| Some(of(&it.flow))));
        let weighted = number(&|flow| flow.weighted_per_tick);
        if let Value::Number(value, _) = weighted {
            heights.push(Bar { name: format!("{} to {}", projection.from, projection.to), value, error: None });
        }
        table.push([
            projection.from.as_str().into(),
            projection.to.as_str().into(),
            format!("{:?}", projection.flow.kind).to_lowercase().into(),
            projection.flow.n_synapses.into(),
            number(&|flow| flow.events_per_tick),
            weighted,
            number(&|flow| flow.net_per_tick),
        ]);
    }
    let axes = Axes { y: "weights delivered per tick (thresholds)".to_owned(), ..Axes::default() };
    Panel {
        name: "connectivity".to_owned(),
        caption: "Effective connectivity: what each projection delivers, in units of the initial threshold.".to_owned(),
        figure: Some(bars(&heights, &axes, false)),
        table,
        shows_table: true,
    }
}

fn balance_panel(all: &[&Similarity]) -> Panel {
    let mut table = Table::new(&["area", "balance, median over neurons (-1 inhibition, 0 balanced, 1 excitation)"]);
    for (index, (area, _)) in all[0].balance.areas.iter().enumerate() {
        let same = all.iter().filter_map(|one| one.balance.areas.get(index));
        table.push([area.as_str().into(), mean(same.map(|(_, summary)| summary.map(|it| it.median)))]);
    }
    Panel {
        name: "balance".to_owned(),
        caption: "Balance of the excitation and inhibition that arrive.".to_owned(),
        figure: None,
        table,
        shows_table: true,
    }
}

fn coherence_panel(all: &[&Similarity]) -> Panel {
    let mut table = Table::new(&["area", "other area", "mean coherence", "shuffled", "shuffled, 95 % below"]);
    let average = |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    for (index, (one, other, _)) in all[0].coherence.iter().enumerate() {
        let same = || all.iter().filter_map(|similarity| similarity.coherence.get(index)).map(|it| &it.2);
        table.push([
            one.as_str().into(),
            other.as_str().into(),
            mean(same().map(|it| average(&it.coherence))),
            mean(same().map(|it| average(&it.shuffled))),
            mean(same().map(|it| average(&it.shuffled_upper_95))),
        ]);
    }
    Panel {
        name: "coherence".to_owned(),
        caption: "Coherence of the mean rates of two areas over held-out trials, mean over frequencies, and with the trials of \
                  one area shuffled."
            .to_owned(),
        figure: None,
        table,
        shows_table: true,
    }
}

/// `None` for a network without such cells.
fn direct_panel(all: &[&Similarity]) -> Option<Panel> {
    let mut table = Table::new(&["neurons of cortex", "units", "cosine-tuned (%)"]);
    let cells = || all.iter().filter_map(|one| one.direct_cells.as_ref());
    let first = cells().next()?;
    let mut row = |name: &str, of: &dyn Fn(&DirectCells) -> GroupTuning| {
        let fraction = match mean(cells().map(|it| of(it).fraction)) {
            Value::Number(number, _) => share(number),
            other => other,
        };
        table.push([name.into(), of(first).n_units.into(), fraction]);
    };
    row("that drive motoneurons directly, the strongest quarter", &|it| it.direct);
    row("others", &|it| it.others);
    Some(Panel {
        name: "direct_cells".to_owned(),
        caption: "Corticomotoneuronal-like cells (Fetz and Cheney 1980) and their tuning.".to_owned(),
        figure: None,
        table,
        shows_table: true,
    })
}
