//! The rule by which plastic readouts learn: its ranges, and what it is in real numbers.

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use spec::learn::{
    FLOORS, InvalidMeans, MAX_COUNT, MAX_MEAN, MAX_ROWS, MEAN_FRACTION_BITS, Means, SHIFTS, WEIGHTS, WINDOW_TICKS,
    bias_and_start, count, mean, offset, weight,
};

#[test]
fn a_count_stops_at_its_largest() {
    assert_eq!((0..200).fold(0, |events, _| count(events)), MAX_COUNT);
    assert_eq!(count(0), 1);
}

#[test]
fn weights_rise_with_the_mean_from_end_to_end() {
    let weights: Vec<i8> = (0..=MAX_MEAN).map(|mean| weight(mean, *FLOORS.start())).collect();
    assert!(weights.is_sorted());
    assert_eq!((weights.first(), weights.last()), (Some(WEIGHTS.start()), Some(WEIGHTS.end())));
}

#[test]
fn a_weight_is_the_logarithm_within_its_last_digit() {
    for floor in [*FLOORS.start(), 64, *FLOORS.end()] {
        for mean in (0..=MAX_MEAN - floor).step_by(7) {
            let exact = 16.0 * f64::from(mean + floor).log2() - 160.0;
            // A line from power to power lies below the logarithm by 0.086 at most; four bits of it are cut off.
            let short = exact - f64::from(weight(mean, floor));
            assert!((0.0..16.0 * 0.0861 + 1.0).contains(&short), "mean {mean}, floor {floor}: {short}");
        }
    }
}

#[test]
fn a_class_that_is_taught_one_window_often_has_its_counts_as_means() {
    let mut means = Means::new(100, 64, 2, vec![0; 6]).unwrap();
    for (row, events) in [3, 0, 40].into_iter().enumerate() {
        (0..events).for_each(|_| means.event(row));
    }
    (0..200).for_each(|_| means.teach(1, 3));
    let learned: Vec<u16> = means.means().iter().skip(1).step_by(2).copied().collect();
    for (learned, events) in learned.into_iter().zip([3_u16, 0, 40]) {
        assert!(learned.abs_diff(events << MEAN_FRACTION_BITS) < 4, "{learned} for {events}");
    }
    assert!(means.means().iter().step_by(2).all(|mean| *mean == 0), "the other class has learned");
}

#[test]
fn scores_are_those_of_poisson_naive_bayes_in_steps_of_a_sixteenth_of_a_bit() {
    let rates = [[2.0, 8.0, 0.5], [6.0, 3.0, 1.5]];
    let raw = |rate: f64| (rate * 1024.0) as u16;
    let interleaved = (0..3).flat_map(|row| rates.map(|rates| raw(rates[row]))).collect();
    let readouts = Means::new(100, *FLOORS.start(), 2, interleaved).unwrap().readouts();
    for counts in [[2.0, 9.0, 0.0], [7.0, 2.0, 2.0], [4.0, 5.0, 1.0]] {
        let exact = |rates: [f64; 3]| -> f64 {
            (0..3).map(|row| counts[row] * rates[row].log2() - rates[row] / 2_f64.ln()).sum()
        };
        let score = |class: usize| -> f64 {
            let readout = &readouts[class];
            let votes: f64 = (0..3).map(|row| counts[row] * f64::from(readout.weights[row])).sum();
            votes + f64::from(readout.start) + 100.0 * f64::from(readout.bias)
        };
        let (exact, found) = (16.0 * (exact(rates[0]) - exact(rates[1])), score(0) - score(1));
        // A spike's weight is off by 2.4 of its steps at most, in either class.
        let bound = 2.4 * counts.iter().sum::<f64>() + 2.0;
        assert!((exact - found).abs() <= bound, "{counts:?}: {found} for {exact}");
    }
}

#[test]
fn sizes_out_of_range_are_refused() {
    let new = |ticks, floor, n_classes, means| Means::new(ticks, floor, n_classes, means).map(drop);
    assert_eq!(new(1, 64, 1, vec![0]), Err(InvalidMeans::Ticks(1)));
    assert_eq!(new(100, 15, 1, vec![0]), Err(InvalidMeans::Floor(15)));
    assert_eq!(new(100, 64, 2, vec![0; 3]), Err(InvalidMeans::Shape { means: 3, n_classes: 2 }));
    assert_eq!(new(100, 64, 0, vec![]), Err(InvalidMeans::Shape { means: 0, n_classes: 0 }));
    assert_eq!(new(100, 64, 1, vec![0; MAX_ROWS + 1]), Err(InvalidMeans::Rows(MAX_ROWS + 1)));
    assert_eq!(new(100, 64, 1, vec![MAX_MEAN + 1]), Err(InvalidMeans::Mean(MAX_MEAN + 1)));
}

/// Teaches random windows, some of them far too full, and checks every range that the hardware relies on.
fn teach_at_random(n_teaches: u32) {
    const ROWS: usize = 6;
    const CLASSES: usize = 4;
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut means = Means::new(*WINDOW_TICKS.end(), *FLOORS.start(), CLASSES, vec![0; ROWS * CLASSES]).unwrap();
    for teach in 0..n_teaches {
        let draw = random.next_u64();
        means.restart();
        for row in 0..ROWS {
            // A silent row, a usual one, or one that fires more often than is counted.
            let events = match draw >> (4 * row) & 15 {
                0..4 => 0,
                small @ 4..12 => small,
                large => 5 * large,
            };
            (0..events).for_each(|_| means.event(row));
        }
        let class = (draw >> 40) as usize % CLASSES;
        let before: Vec<u16> = means.means().to_vec();
        means.teach(class, 1 + (draw >> 50) as u32 % SHIFTS.end());
        for (at, (old, new)) in before.iter().zip(means.means()).enumerate() {
            assert!(*new <= MAX_MEAN, "teach {teach}: {new}");
            assert!(at % CLASSES == class || old == new, "teach {teach} changed another class");
        }
        // What is made of the means takes longer than the teach.
        if teach.is_multiple_of(16) {
            let readouts = means.readouts();
            let ticks = i64::from(means.ticks());
            let offsets = readouts.iter().map(|readout| i64::from(readout.start) + ticks * i64::from(readout.bias));
            assert_eq!(offsets.clone().max(), Some(0), "teach {teach}: the class with the least sum loses nothing");
            assert!(offsets.min() >= Some(i64::from(i16::MIN)), "teach {teach}");
            assert!(readouts.iter().flat_map(|readout| &readout.weights).all(|weight| WEIGHTS.contains(weight)));
        }
    }
}

#[test]
fn a_hundred_thousand_random_teaches_stay_in_range() {
    teach_at_random(100_000);
}

/// Longer checks, which `cargo xtask test` skips and `cargo xtask verify` runs.
mod verify {
    #[test]
    fn ten_million_random_teaches_stay_in_range() {
        super::teach_at_random(10_000_000);
    }
}

proptest! {
    #[test]
    fn a_mean_moves_towards_the_count_and_never_beyond(old in 0..=MAX_MEAN, events in 0..=MAX_COUNT, shift in SHIFTS) {
        let target = u16::from(events) << MEAN_FRACTION_BITS;
        let new = mean(old, events, shift);
        prop_assert!((old.min(target)..=old.max(target)).contains(&new));
    }

    #[test]
    fn bias_and_start_add_up_to_the_offset(offset: i16, ticks in WINDOW_TICKS) {
        let (bias, start) = bias_and_start(offset, ticks);
        prop_assert_eq!(i64::from(start) + i64::from(bias) * i64::from(ticks), i64::from(offset));
    }

    #[test]
    fn an_offset_is_the_difference_of_sums_in_steps_of_a_weight(sum in 0..1_u32 << 24, least in 0..1_u32 << 24) {
        let (sum, least) = (sum.max(least), sum.min(least));
        let exact = -f64::from(sum - least) / 1024.0 * 16.0 * std::f64::consts::LOG2_E;
        let found = f64::from(offset(sum, least));
        prop_assert!(found <= 0.0 && (found - exact.max(-32_768.0)).abs() <= 1.0 + 0.001 * exact.abs());
    }

    #[test]
    fn classes_are_independent_of_each_other_and_of_their_order(
        counts in prop::collection::vec(0..=MAX_COUNT, 1..20),
        shifts in prop::collection::vec(SHIFTS, 3),
    ) {
        let mut one = Means::new(50, 64, 3, vec![1024; 3 * counts.len()]).unwrap();
        for (row, events) in counts.iter().enumerate() {
            (0..*events).for_each(|_| one.event(row));
        }
        let mut other = one.clone();
        (0..3).for_each(|class| one.teach(class, shifts[class]));
        (0..3).rev().for_each(|class| other.teach(class, shifts[class]));
        prop_assert_eq!(one, other);
    }
}
