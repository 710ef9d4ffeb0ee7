//! Test of a direction effect in single trials.

use rand::seq::SliceRandom;

use crate::analysis::Responses;
use crate::analysis::statistics::{permutation_p, rng};

/// p of each unit, uncorrected: its between-class sum of squares against that under permuted trials. The total sum of
/// squares stays the same, so that this is the permutation test of F. All units share each permutation, which
/// keeps their correlations.
pub(super) fn p_values(responses: &Responses, n_permutations: usize, seed: u64) -> Vec<f64> {
    let directions = responses.directions();
    let n_units = responses.n_units();
    let trials_of_classes = directions.trials_of_classes();
    let mut sums = vec![0.0; n_units * directions.n_classes()];
    // The squared total over the number of trials is the same for every permutation, and left out.
    let mut between = |class: &[usize]| -> Vec<f64> {
        responses.class_sums(class, &mut sums);
        let mut between = vec![0.0; n_units];
        for (of_class, &n) in sums.chunks(n_units).zip(&trials_of_classes) {
            for (between, sum) in between.iter_mut().zip(of_class) {
                *between += sum * sum / n as f64;
            }
        }
        between
    };
    let mut class = directions.class().to_vec();
    let observed = between(&class);
    let mut null = vec![Vec::with_capacity(n_permutations); n_units];
    let mut rng = rng(seed, 0);
    for _ in 0..n_permutations {
        class.shuffle(&mut rng);
        for (null, value) in null.iter_mut().zip(between(&class)) {
            null.push(value);
        }
    }
    observed.iter().zip(&null).map(|(&observed, null)| permutation_p(observed, null)).collect()
}
