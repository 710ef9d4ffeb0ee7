//! Accuracy over synapses, and the network that is chosen.

use super::{percent, points, share, trials_to_tell};
use crate::image_fit::{ImageFit, SMALLEST_CORE};
use crate::plan::SMALL_SYNAPSES;
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::{Estimate, Results, accuracy, difference};
use crate::run::{Condition, Observation};
use crate::store::Entry;

/// By how much the chosen network may be less accurate.
const POINT: f64 = 0.01;

/// Networks of one size, one per fold and seed.
struct Size<'a> {
    n_synapses: usize,
    entries: Vec<&'a Entry>,
    accuracy: Estimate,
    /// Accuracy minus that of the unpruned network; `None` for the unpruned one.
    difference: Option<Estimate>,
}

impl<'a> Size<'a> {
    fn new(n_synapses: usize, entries: Vec<&'a Entry>, full: Option<&[&'a Entry]>) -> Option<Self> {
        let accuracy = accuracy(&entries)?;
        let difference = full.and_then(|full| difference(&entries, full));
        Some(Self { n_synapses, entries, accuracy, difference })
    }

    fn images(&self) -> impl Iterator<Item = &'a ImageFit> {
        self.entries.iter().filter_map(|entry| entry.outcome.image.as_ref())
    }

    /// The image of the network that takes the most words.
    fn largest(&self) -> Option<&'a ImageFit> {
        self.images().max_by_key(|image| image.words_used)
    }

    /// Why a network does not fit, if one does not.
    fn misfit(&self) -> Option<&'a str> {
        self.images().find_map(|image| image.misfit.as_deref())
    }

    fn fits(&self) -> &'static str {
        if self.misfit().is_none() { "fits" } else { "does not fit" }
    }
}

/// Networks by size, the unpruned one first, then from the largest.
fn sizes<'a>(results: &Results<'a>) -> Vec<Size<'a>> {
    let first = results.first();
    let full = results.decoders(&first, Condition::Plain, results.tick_ms());
    let n_full = full.first().map_or(0, |entry| entry.outcome.n_parameters);
    let mut pruned: Vec<(usize, Vec<&Entry>)> = Vec::new();
    for entry in results.entries_of(|cell| cell.method == first && cell.observation == Observation::Decisions) {
        let Condition::Pruned { n_synapses } = entry.run.condition else { continue };
        match pruned.iter_mut().find(|(size, _)| *size == n_synapses) {
            Some((_, entries)) => entries.push(entry),
            None => pruned.push((n_synapses, vec![entry])),
        }
    }
    pruned.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let of_pruned = |(n_synapses, entries)| Size::new(n_synapses, entries, Some(&full));
    Size::new(n_full, full.clone(), None).into_iter().chain(pruned.into_iter().filter_map(of_pruned)).collect()
}

/// The smallest pruned network that is within a point of the unpruned one and has no more synapses than a small one.
fn chosen<'s, 'a>(sizes: &'s [Size<'a>]) -> Option<&'s Size<'a>> {
    let keeps = |size: &&Size<'_>| size.difference.is_some_and(|by| by.mean >= -POINT);
    sizes.iter().rev().find(|size| size.n_synapses <= SMALL_SYNAPSES && keeps(size))
}

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let mut table = Table::new(&[
        "synapses",
        "accuracy (%)",
        "95 % low",
        "95 % high",
        "against the unpruned (points)",
        "image for the core",
        "fits",
        "synapse words used",
        "synapse words available",
        "chosen",
    ]);
    let mut line = Line { name: results.first().to_string(), ..Line::default() };
    let sizes = sizes(results);
    let chosen = chosen(&sizes);
    for size in &sizes {
        let Estimate { mean, interval, .. } = size.accuracy;
        let is_chosen = chosen.is_some_and(|chosen| chosen.n_synapses == size.n_synapses);
        let image = size.largest();
        table.push([
            size.n_synapses.into(),
            share(mean),
            share(interval.low),
            share(interval.high),
            size.difference.map_or(Value::Missing, |by| share(by.mean)),
            image.map_or(Value::Missing, |image| image.core.as_str().into()),
            image.map_or(Value::Missing, |_| size.fits().into()),
            image.map_or(Value::Missing, |image| image.words_used.into()),
            image.map_or(Value::Missing, |image| image.words_available.into()),
            if is_chosen { "chosen" } else { "" }.into(),
        ]);
        line.points.push((size.n_synapses as f64, 100.0 * mean));
        line.band.push((100.0 * interval.low, 100.0 * interval.high));
    }
    let axes = Axes {
        x: "synapses".to_owned(),
        y: "accuracy (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: Some((100.0 * results.chance(), "chance".to_owned())),
    };
    Section {
        id: "sparsity",
        title: "Sparsity".to_owned(),
        words: vec![
            "The weakest synapses are pruned while the network trains (Zhu and Gupta, arXiv 1710.01878), until exactly as many are \
             left as the image should have."
                .to_owned(),
            choice(chosen),
        ],
        panels: vec![Panel {
            name: "sparsity".to_owned(),
            caption: format!(
                "Held-out accuracy over the number of synapses left. The image is that of the network that takes the most \
                 words, compiled for the core {}.",
                SMALLEST_CORE.name
            ),
            figure: Some(lines(&[line], &axes)),
            table,
            shows_table: true,
        }],
    }
}

/// Which network is chosen, in words.
fn choice(chosen: Option<&Size<'_>>) -> String {
    let rule = format!(
        "Chosen: the smallest pruned network of at most {SMALL_SYNAPSES} synapses whose accuracy in these trials is within a \
         point of that of the unpruned one"
    );
    let Some(size) = chosen else { return format!("{rule}; here no network qualifies.") };
    let n_synapses = size.n_synapses;
    let image = match (size.largest(), size.misfit()) {
        (None, _) => String::new(),
        (Some(image), None) => format!(
            " It fits the core {}: {} of {} synapse words.",
            image.core, image.words_used, image.words_available
        ),
        (Some(image), Some(cause)) => format!(" It does not fit the core {}: {cause}.", image.core),
    };
    format!("{rule}; here it has {n_synapses} synapses. `motorsrnn train --synapses {n_synapses}` trains it.{image}")
}

/// Our claims that a small network is as good, and fits.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let keeps = format!("A network of at most {SMALL_SYNAPSES} synapses keeps its accuracy within a point");
    let fits = format!("… and fits the image of the core {}", SMALLEST_CORE.name);
    let sizes = sizes(results);
    let Some(full) = sizes.first().filter(|_| sizes.len() > 1) else {
        return [keeps, fits].map(|claim| Claim::not_tested(claim, Source::Choice)).to_vec();
    };
    let claim = |claim, verdict, evidence| Claim { claim, source: Source::Choice, verdict, evidence };
    let Some((size, by)) = chosen(&sizes).and_then(|size| Some((size, size.difference?))) else {
        let n_full = full.n_synapses;
        let evidence = format!("no pruned network is within a point of the {n_full} synapses' accuracy");
        let not_tested = claim(fits, Verdict::NotTested, "no network is chosen".to_owned());
        return vec![claim(keeps, Verdict::Fails, evidence), not_tested];
    };
    let of_full = format!("{} of {} synapses", size.n_synapses, full.n_synapses);
    let verdict = within_a_point(&by);
    let needed = trials_to_tell(&by, 100.0 * POINT).filter(|_| verdict == Verdict::UndecidedByDesign);
    let needed = needed.map_or(String::new(), |trials| format!("; {trials}"));
    let kept = format!("{of_full}: {}, {}{needed}", percent(size.accuracy.mean), points(&by));
    let image = match (size.largest(), size.misfit()) {
        (None, _) => Claim::not_tested(fits, Source::Choice),
        (Some(image), None) => {
            claim(fits, Verdict::Holds, format!("{} of {} synapse words", image.words_used, image.words_available))
        }
        (Some(_), Some(cause)) => claim(fits, Verdict::Fails, cause.to_owned()),
    };
    vec![claim(keeps, verdict, kept), image]
}

/// A network chosen by its mean may still be worse by more than a point.
fn within_a_point(by: &Estimate) -> Verdict {
    if by.interval.low >= -POINT {
        Verdict::Holds
    } else if trials_to_tell(by, 100.0 * POINT).is_some() {
        Verdict::UndecidedByDesign
    } else {
        Verdict::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::Interval;

    #[test]
    fn a_mean_within_a_point_does_not_make_the_claim_hold() {
        let by = |low, high| Estimate { mean: 0.0, sd: 0.0, interval: Interval { low, high }, n: 200 };
        assert_eq!(within_a_point(&by(-0.011, 0.005)), Verdict::Undecided);
        assert_eq!(within_a_point(&by(-0.009, 0.08)), Verdict::Holds);
    }

    #[test]
    fn trials_that_cannot_tell_a_point_are_too_few_by_design() {
        let by = Estimate { mean: 0.0, sd: 0.0, interval: Interval { low: -0.02, high: 0.02 }, n: 210 };
        assert_eq!(within_a_point(&by), Verdict::UndecidedByDesign);
        assert_eq!(trials_to_tell(&by, 1.0).unwrap(), "it takes about 900 trials to tell a point");
        assert_eq!(trials_to_tell(&by, 5.0), None);
    }
}
