//! How much the decoders of a study are trained.

use std::fmt;

use serde::Serialize;
use train::fit::FitOptions;

/// How much networks, GRU and LSTM are trained, in the fold with the fewest windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Training {
    /// Passes over the windows.
    pub epochs: usize,
    /// Passes that `train` makes on the same windows.
    pub standard_epochs: usize,
    /// Windows to train with.
    pub n_windows: usize,
    /// Windows in a step of the optimizer, at most.
    pub batch_size: usize,
    /// Steps of the optimizer.
    pub n_steps: usize,
}

impl Training {
    pub(crate) fn new(options: &FitOptions, n_windows: usize, standard_epochs: usize) -> Self {
        let FitOptions { epochs, batch_size, .. } = *options;
        let n_steps = epochs * n_windows.div_ceil(batch_size.max(1));
        Self { epochs, standard_epochs, n_windows, batch_size, n_steps }
    }
}

impl fmt::Display for Training {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epochs, standard_epochs, n_windows, batch_size, n_steps } = self;
        let extent = format!("{epochs} epochs of {n_windows} windows, {n_steps} steps of at most {batch_size} windows");
        if epochs == standard_epochs {
            write!(f, "as `motorsrnn train` does it: {extent}")
        } else {
            write!(f, "for {extent}; `motorsrnn train` takes {standard_epochs} epochs, and fewer cost accuracy")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_standard_training_is_said() {
        let words = |epochs| {
            let options = FitOptions { epochs, batch_size: 16, ..FitOptions::default() };
            Training::new(&options, 100, 30).to_string()
        };
        assert_eq!(
            words(30),
            "as `motorsrnn train` does it: 30 epochs of 100 windows, 210 steps of at most 16 windows"
        );
        assert!(words(3).contains("`motorsrnn train` takes 30 epochs, and fewer cost accuracy"), "{}", words(3));
    }
}
