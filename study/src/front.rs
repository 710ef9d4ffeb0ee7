//! The front of accuracy over cost: the decoders that no other one beats.

/// A decoder, as far as the front depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// What it costs, such as the energy of a decision.
    pub cost: f64,
    /// Its accuracy.
    pub accuracy: f64,
}

/// Indices of the candidates that are more accurate than every cheaper one, from the cheapest. Of equally cheap ones only the
/// most accurate is on the front.
#[must_use]
pub fn front(candidates: &[Candidate]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let of = |index: usize| candidates[index];
    order.sort_by(|&a, &b| of(a).cost.total_cmp(&of(b).cost).then(of(b).accuracy.total_cmp(&of(a).accuracy)));
    let mut best = f64::NEG_INFINITY;
    order.retain(|&index| {
        let is_better = of(index).accuracy > best;
        best = best.max(of(index).accuracy);
        is_better
    });
    order
}

/// The cheapest of the candidates that qualify.
#[must_use]
pub fn cheapest(candidates: &[Candidate], qualifies: impl Fn(usize) -> bool) -> Option<usize> {
    let cost = |index: usize| candidates[index].cost;
    (0..candidates.len()).filter(|&index| qualifies(index)).min_by(|&a, &b| cost(a).total_cmp(&cost(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Costs and accuracies.
    fn candidates(points: &[(f64, f64)]) -> Vec<Candidate> {
        points.iter().map(|&(cost, accuracy)| Candidate { cost, accuracy }).collect()
    }

    #[test]
    fn the_front_has_what_no_cheaper_one_reaches() {
        let of = |points: &[(f64, f64)]| front(&candidates(points));
        assert_eq!(of(&[(4.0, 0.9), (1.0, 0.7), (2.0, 0.6), (3.0, 0.8), (5.0, 0.9)]), [1, 3, 0]);
        assert_eq!(of(&[(1.0, 0.7), (1.0, 0.8), (0.5, 0.8)]), [2]);
        assert_eq!(of(&[(1.0, 0.7), (1.0, 0.8)]), [1]);
        assert_eq!(of(&[]), [] as [usize; 0]);
    }

    #[test]
    fn the_cheapest_is_the_cheapest_of_those_that_qualify() {
        let candidates = candidates(&[(4.0, 0.9), (1.0, 0.7), (3.0, 0.85)]);
        assert_eq!(cheapest(&candidates, |index| candidates[index].accuracy > 0.8), Some(2));
        assert_eq!(cheapest(&candidates, |_| false), None);
    }
}
