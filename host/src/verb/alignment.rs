//! Windows at the wrong time: a warning where nothing can be decoded in them, and something can at another event.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use recording::{DEFAULT_ALIGN_COLUMN, Dataset, Recording, Sanity, Split, WindowOptions};
use train::baseline::BaselineMethod;
use train::fit::FitOptions;

use super::{percent, warn};

/// Accuracies so many standard errors above that of a guess are not due to chance: at the chosen event, and at others, of which
/// the warning names the best of several.
const STANDARD_ERRORS: (f64, f64) = (2.0, 4.0);

/// What Poisson naive Bayes, which needs few trials, reaches on the held-out trials of a split.
struct Reached {
    accuracy: f64,
    /// Standard errors above always deciding for the largest class.
    above_chance: f64,
}

/// Warns if Poisson naive Bayes decides by chance in these windows, and names the event at which it does better.
pub(super) fn doubt(
    recordings: &[&Recording],
    windows: &WindowOptions,
    dataset: &Dataset,
    split: &Split,
) -> Option<String> {
    let reached = Reached::by_naive_bayes(dataset, split)?;
    if reached.above_chance > STANDARD_ERRORS.0 {
        return None;
    }
    let chosen = windows.align_column.as_deref().unwrap_or(DEFAULT_ALIGN_COLUMN);
    let better = events(recordings, windows, chosen).into_iter().filter_map(|(event, align_relative)| {
        let windows = WindowOptions { align_column: Some(event.clone()), align_relative, ..windows.clone() };
        let other = Dataset::cut_all(recordings, &windows).ok()?;
        let split = on_same_sides(split, &other);
        let reached =
            Reached::by_naive_bayes(&other, &split).filter(|reached| reached.above_chance > STANDARD_ERRORS.1)?;
        let option = format!("--align {event}{}", if align_relative { " --align-relative" } else { "" });
        Some((event, option, reached))
    });
    let best = better.max_by(|(.., one), (.., other)| one.above_chance.total_cmp(&other.above_chance));
    let by_chance = format!(
        "windows at {chosen} tell the classes hardly better than chance (Poisson naive Bayes {})",
        percent(reached.accuracy)
    );
    let warning = match best {
        Some((event, option, Reached { accuracy, .. })) => {
            format!("{by_chance}, those at {event} do ({}): use `{option}`", percent(accuracy))
        }
        None => format!("{by_chance}, nor do those at any other event: check the labels, the units and the windows"),
    };
    warn(&warning);
    Some(warning)
}

impl Reached {
    fn by_naive_bayes(dataset: &Dataset, split: &Split) -> Option<Self> {
        let mut go_on = |_: usize, _: &_| ControlFlow::Continue(());
        let folds = BaselineMethod::PoissonNaiveBayes
            .cross_validate(dataset, split, &FitOptions::default(), 0, &mut go_on)
            .ok()?;
        let tested: Vec<_> = folds.into_iter().flatten().collect();
        let mut of_class = vec![0_usize; dataset.classes.len()];
        tested.iter().for_each(|window| of_class[window.class] += 1);
        let n_right = tested.iter().filter(|window| window.decisions.last() == Some(&window.class)).count();
        let n_windows = tested.len() as f64;
        let chance = of_class.into_iter().max()? as f64 / n_windows;
        let standard_error = (chance * (1.0 - chance) / n_windows).sqrt();
        let accuracy = n_right as f64 / n_windows;
        (standard_error > 0.0).then(|| Self { accuracy, above_chance: (accuracy - chance) / standard_error })
    }
}

/// The events that all recordings have but the chosen one, and whether their times count from the start of their trial.
fn events(recordings: &[&Recording], windows: &WindowOptions, chosen: &str) -> Vec<(String, bool)> {
    let of = |recording: &&Recording| {
        let events = windows.selection.choose(recording).map(|of| Sanity::of(recording, &of, 2, false).events);
        let events = events.unwrap_or_default().into_iter().map(|event| (event.column, event.looks_relative));
        events.chain([(DEFAULT_ALIGN_COLUMN.to_owned(), false)]).collect::<BTreeSet<_>>()
    };
    let common = recordings.iter().map(of).reduce(|common, of| &common & &of).unwrap_or_default();
    common.into_iter().filter(|(event, _)| event != chosen).collect()
}

/// The split, of the trials that another data set has windows of.
fn on_same_sides(split: &Split, dataset: &Dataset) -> Split {
    let has_window: HashSet<usize> = dataset.samples.iter().map(|sample| sample.trial).collect();
    let mut split = split.clone();
    for fold in &mut split.folds {
        fold.train_trials.retain(|trial| has_window.contains(trial));
        fold.test_trials.retain(|trial| has_window.contains(trial));
    }
    split
}
