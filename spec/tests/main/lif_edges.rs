//! Every numbered step of the neuron update, at its edges.

use proptest::prelude::*;
use spec::fixed::{DECAY_ONE_RAW, decay_floor_shift, decay_from_real, decay_to_real, saturate};
use spec::lif::{InvalidParameters, MAX_REFRACTORY_TICKS, NeuronParameters, NeuronState, ResetMode, Update, update};

use crate::support::updates::{HALF, PLAIN, REST};

// Step 1, synaptic current.

#[test]
fn delta_synapse_drops_the_former_current() {
    let state = update(&PLAIN, NeuronState { current: 30_000, ..REST }, 7).state;
    assert_eq!((state.current, state.potential), (7, 7));
}

#[test]
fn filtered_current_decays_and_adds_the_input_of_this_tick() {
    let parameters = NeuronParameters { synaptic_decay: HALF, ..PLAIN };
    let state = update(&parameters, NeuronState { current: 9, ..REST }, 7).state;
    assert_eq!((state.current, state.potential), (11, 11));
}

#[test]
fn a_current_that_decays_by_1_stays() {
    let parameters = NeuronParameters { synaptic_decay: DECAY_ONE_RAW, ..PLAIN };
    for current in [i16::MIN, -1, 0, 1, i16::MAX] {
        assert_eq!(update(&parameters, NeuronState { current, ..REST }, 0).state.current, current);
    }
}

#[test]
fn negative_current_is_floored() {
    let parameters = NeuronParameters { synaptic_decay: HALF, ..PLAIN };
    assert_eq!(update(&parameters, NeuronState { current: -3, ..REST }, 0).state.current, -2);
    assert_eq!(update(&parameters, NeuronState { current: -1, ..REST }, 0).state.current, -1);
}

#[test]
fn current_saturates_at_both_ends() {
    let parameters = NeuronParameters { synaptic_decay: DECAY_ONE_RAW, ..PLAIN };
    let current_after = |current, input| update(&parameters, NeuronState { current, ..REST }, input).state.current;
    assert_eq!(current_after(i16::MAX - 1, 1), i16::MAX);
    assert_eq!(current_after(i16::MAX, 1), i16::MAX);
    assert_eq!(current_after(i16::MAX, i16::MAX), i16::MAX);
    assert_eq!(current_after(i16::MIN, -1), i16::MIN);
    assert_eq!(current_after(i16::MIN, i16::MIN), i16::MIN);
}

// Step 2, adaptation.

#[test]
fn adaptation_decays_with_floor_and_reaches_0() {
    let parameters = NeuronParameters { adaptation_decay: HALF, ..PLAIN };
    let after = |adaptation| update(&parameters, NeuronState { adaptation, ..REST }, 0).state.adaptation;
    assert_eq!([after(5), after(1), after(0)], [2, 0, 0]);
}

#[test]
fn adaptation_decays_before_it_is_compared() {
    let parameters = NeuronParameters { adaptation_decay: HALF, ..PLAIN };
    let adapted = NeuronState { adaptation: 10, ..REST };
    assert!(!update(&parameters, adapted, 104).spike);
    assert!(update(&parameters, adapted, 105).spike);
}

// Step 3, threshold of the tick.

#[test]
fn adaptation_raises_the_threshold() {
    let parameters = NeuronParameters { adaptation_decay: DECAY_ONE_RAW, ..PLAIN };
    let adapted = NeuronState { adaptation: 50, ..REST };
    assert!(!update(&parameters, adapted, 149).spike);
    assert!(update(&parameters, adapted, 150).spike);
}

#[test]
fn threshold_saturates_and_can_still_be_reached() {
    let parameters = NeuronParameters { adaptation_decay: DECAY_ONE_RAW, threshold: i16::MAX, ..PLAIN };
    let adapted = NeuronState { adaptation: i16::MAX, ..REST };
    assert!(!update(&parameters, adapted, i16::MAX - 1).spike);
    let Update { state, spike, .. } = update(&parameters, adapted, i16::MAX);
    assert_eq!((state.potential, spike), (0, true));
}

// Step 4, membrane.

#[test]
fn membrane_decays_then_adds_current_and_bias() {
    let parameters = NeuronParameters { membrane_decay: HALF, bias: 3, ..PLAIN };
    assert_eq!(update(&parameters, NeuronState { potential: 20, ..REST }, 4).state.potential, 17);
}

#[test]
fn negative_potential_is_floored() {
    let parameters = NeuronParameters { membrane_decay: HALF, ..PLAIN };
    let after = |potential| update(&parameters, NeuronState { potential, ..REST }, 0).state.potential;
    assert_eq!([after(-3), after(-2), after(-1)], [-2, -1, -1]);
}

#[test]
fn bias_alone_makes_a_neuron_fire() {
    let parameters = NeuronParameters { bias: 34, ..PLAIN };
    let mut state = REST;
    let spikes = [(); 3].map(|()| {
        let Update { state: next, spike, .. } = update(&parameters, state, 0);
        state = next;
        spike
    });
    assert_eq!((spikes, state.potential), ([false, false, true], 2));
}

#[test]
fn potential_saturates_at_both_ends() {
    let parameters = NeuronParameters { never_fires: true, ..PLAIN };
    let after = |potential, bias, input| {
        update(&NeuronParameters { bias, ..parameters }, NeuronState { potential, ..REST }, input).state.potential
    };
    assert_eq!(after(i16::MAX - 1, 0, 1), i16::MAX);
    assert_eq!(after(i16::MAX, 0, 1), i16::MAX);
    assert_eq!(after(i16::MAX, i16::MAX, i16::MAX), i16::MAX);
    assert_eq!(after(i16::MIN, 0, -1), i16::MIN);
    assert_eq!(after(i16::MIN, i16::MIN, i16::MIN), i16::MIN);
}

#[test]
fn potential_current_and_bias_saturate_once_after_all_three() {
    let parameters = NeuronParameters { never_fires: true, bias: -10, ..PLAIN };
    let state = update(&parameters, NeuronState { potential: i16::MAX, ..REST }, 5).state;
    assert_eq!(state.potential, i16::MAX - 5);
}

#[test]
fn potential_is_held_while_refractory() {
    let parameters = NeuronParameters { membrane_decay: HALF, bias: 9, ..PLAIN };
    let Update { state, spike, .. } =
        update(&parameters, NeuronState { potential: -40, refractory_left: 2, ..REST }, 500);
    assert_eq!((state.potential, state.refractory_left, spike), (-40, 1, false));
}

#[test]
fn current_and_adaptation_go_on_while_refractory() {
    let parameters = NeuronParameters { synaptic_decay: HALF, adaptation_decay: HALF, ..PLAIN };
    let held = NeuronState { potential: 0, current: 10, adaptation: 10, refractory_left: 1 };
    let state = update(&parameters, held, 3).state;
    assert_eq!((state.current, state.adaptation), (8, 5));
}

// Step 5, firing.

#[test]
fn fires_at_exact_threshold() {
    assert!(update(&PLAIN, REST, 100).spike);
}

#[test]
fn does_not_fire_one_below_threshold() {
    let Update { state, spike, .. } = update(&PLAIN, REST, 99);
    assert_eq!((state.potential, spike), (99, false));
}

#[test]
fn fires_at_the_lowest_threshold() {
    let parameters = NeuronParameters { threshold: 1, ..PLAIN };
    assert!(update(&parameters, REST, 1).spike);
    assert!(!update(&parameters, REST, 0).spike);
}

#[test]
fn does_not_fire_while_refractory_even_above_threshold() {
    let Update { state, spike, .. } = update(&PLAIN, NeuronState { potential: 5_000, refractory_left: 1, ..REST }, 0);
    assert_eq!((state.potential, spike), (5_000, false));
}

#[test]
fn a_neuron_that_never_fires_integrates_past_its_threshold() {
    let parameters = NeuronParameters { never_fires: true, adaptation_increment: 9, refractory_ticks: 3, ..PLAIN };
    let Update { state, spike, .. } = update(&parameters, NeuronState { potential: 100, ..REST }, 50);
    assert_eq!((state, spike), (NeuronState { potential: 150, current: 50, ..REST }, false));
}

#[test]
fn margin_is_the_potential_before_the_reset_less_the_threshold_of_the_tick() {
    let margin = |parameters: &NeuronParameters, state, input| update(parameters, state, input).margin;
    let adapting = NeuronParameters { adaptation_decay: HALF, ..PLAIN };
    let adapted = NeuronState { adaptation: 10, ..REST };
    for reset_mode in [ResetMode::ToZero, ResetMode::Subtract] {
        let parameters = NeuronParameters { reset_mode, ..adapting };
        assert_eq!([104, 105, 130].map(|input| margin(&parameters, adapted, input)), [-1, 0, 25]);
    }
    assert_eq!(margin(&PLAIN, REST, i16::MIN), i16::MIN, "saturated");
    let held = NeuronState { potential: 130, refractory_left: 1, ..REST };
    assert_eq!(update(&PLAIN, held, 0).margin, 30, "while refractory");
}

// Step 6, reset of the potential.

#[test]
fn subtract_keeps_what_is_above_the_threshold() {
    assert_eq!(update(&PLAIN, REST, 130).state.potential, 30);
}

#[test]
fn reset_subtracts_the_adapted_threshold() {
    let parameters = NeuronParameters { adaptation_decay: DECAY_ONE_RAW, adaptation_increment: 7, ..PLAIN };
    let Update { state, spike, .. } = update(&parameters, NeuronState { adaptation: 20, ..REST }, 130);
    assert_eq!((state.potential, state.adaptation, spike), (10, 27, true));
}

#[test]
fn reset_to_zero_drops_what_is_above_the_threshold() {
    let parameters = NeuronParameters { reset_mode: ResetMode::ToZero, ..PLAIN };
    assert_eq!(update(&parameters, REST, 130).state.potential, 0);
}

#[test]
fn subtract_fits_at_the_highest_potential_and_the_lowest_threshold() {
    let parameters = NeuronParameters { threshold: 1, ..PLAIN };
    assert_eq!(update(&parameters, REST, i16::MAX).state.potential, i16::MAX - 1);
}

// Step 7, after-effects.

#[test]
fn a_spike_raises_adaptation_after_its_decay() {
    let parameters = NeuronParameters { adaptation_decay: HALF, adaptation_increment: 30, ..PLAIN };
    assert_eq!(update(&parameters, NeuronState { adaptation: 9, ..REST }, 200).state.adaptation, 34);
}

#[test]
fn adaptation_saturates() {
    let parameters = NeuronParameters { adaptation_decay: DECAY_ONE_RAW, threshold: 1, ..PLAIN };
    let after = |adaptation, adaptation_increment| {
        let parameters = NeuronParameters { adaptation_increment, ..parameters };
        let state = NeuronState { adaptation, potential: i16::MAX, ..REST };
        update(&parameters, state, 0).state.adaptation
    };
    assert_eq!(after(i16::MAX - 1, 1), i16::MAX);
    assert_eq!(after(i16::MAX - 1, 2), i16::MAX);
    assert_eq!(after(i16::MAX - 1, i16::MAX), i16::MAX);
}

#[test]
fn refractory_period_lasts_its_number_of_ticks() {
    for refractory_ticks in [0, 1, 2, MAX_REFRACTORY_TICKS] {
        let parameters = NeuronParameters { refractory_ticks, reset_mode: ResetMode::ToZero, ..PLAIN };
        let Update { mut state, spike, .. } = update(&parameters, REST, 100);
        assert!(spike && state.refractory_left == refractory_ticks);
        for _ in 0..refractory_ticks {
            let Update { state: next, spike, .. } = update(&parameters, state, 100);
            assert!(!spike && next.potential == 0);
            state = next;
        }
        assert!(update(&parameters, state, 100).spike, "{refractory_ticks} ticks");
    }
}

// Number formats.

#[test]
fn decay_floor_shift_is_exact_over_the_full_range_of_decays() {
    for decay in 0..=DECAY_ONE_RAW {
        for level in [i16::MIN, -12_345, -2, -1, 0, 1, 2, 12_345, i16::MAX] {
            let exact = (f64::from(level) * decay_to_real(decay)).floor();
            assert_eq!(f64::from(decay_floor_shift(level, decay)), exact, "{level} * {decay}");
        }
    }
}

#[test]
fn decay_floor_shift_is_exact_over_the_full_range_of_levels() {
    for decay in [0, 1, HALF - 1, HALF, HALF + 1, DECAY_ONE_RAW - 1, DECAY_ONE_RAW] {
        for level in i16::MIN..=i16::MAX {
            let exact = (i64::from(level) * i64::from(decay)).div_euclid(i64::from(DECAY_ONE_RAW));
            assert_eq!(i64::from(decay_floor_shift(level, decay)), exact, "{level} * {decay}");
        }
    }
}

#[test]
fn every_decay_converts_to_a_real_and_back() {
    for decay in 0..=DECAY_ONE_RAW {
        assert_eq!(decay_from_real(decay_to_real(decay)), decay);
    }
}

#[test]
fn decays_outside_the_range_are_clamped() {
    assert_eq!([f64::NEG_INFINITY, -0.1, f64::NAN].map(decay_from_real), [0; 3]);
    assert_eq!([1.0, 1.1, f64::INFINITY].map(decay_from_real), [DECAY_ONE_RAW; 3]);
}

#[test]
fn saturate_changes_only_what_is_out_of_range() {
    let cases = [(-32_769, -32_768), (-32_768, -32_768), (0, 0), (32_767, 32_767), (32_768, 32_767)];
    for (value, saturated) in cases {
        assert_eq!(saturate(value), saturated);
    }
    assert_eq!((saturate(i32::MIN), saturate(i32::MAX)), (i16::MIN, i16::MAX));
}

// Ranges of the parameters.

#[test]
fn parameters_at_the_ends_of_their_ranges_are_valid() {
    let highest = NeuronParameters {
        synaptic_decay: DECAY_ONE_RAW,
        adaptation_decay: DECAY_ONE_RAW,
        threshold: i16::MAX,
        adaptation_increment: i16::MAX,
        bias: i16::MIN,
        refractory_ticks: MAX_REFRACTORY_TICKS,
        ..PLAIN
    };
    let lowest = NeuronParameters { membrane_decay: 0, threshold: 1, ..PLAIN };
    assert_eq!((highest.validate(), lowest.validate()), (Ok(()), Ok(())));
}

#[test]
fn every_parameter_out_of_its_range_is_named() {
    let raw = DECAY_ONE_RAW + 1;
    let cases = [
        (NeuronParameters { synaptic_decay: raw, ..PLAIN }, InvalidParameters::Decay { name: "synaptic", raw }),
        (NeuronParameters { membrane_decay: raw, ..PLAIN }, InvalidParameters::Decay { name: "membrane", raw }),
        (NeuronParameters { adaptation_decay: raw, ..PLAIN }, InvalidParameters::Decay { name: "adaptation", raw }),
        (NeuronParameters { threshold: 0, ..PLAIN }, InvalidParameters::Threshold(0)),
        (NeuronParameters { threshold: i16::MIN, ..PLAIN }, InvalidParameters::Threshold(i16::MIN)),
        (NeuronParameters { adaptation_increment: -1, ..PLAIN }, InvalidParameters::AdaptationIncrement(-1)),
        (NeuronParameters { refractory_ticks: 16, ..PLAIN }, InvalidParameters::RefractoryTicks(16)),
    ];
    for (parameters, error) in cases {
        assert_eq!(parameters.validate(), Err(error));
    }
}

proptest! {
    #[test]
    fn every_state_stays_in_its_range(
        decays in prop::array::uniform3(0..=DECAY_ONE_RAW),
        levels in (1..=i16::MAX, 0..=i16::MAX, any::<i16>()),
        options in (0..=MAX_REFRACTORY_TICKS, any::<bool>(), any::<bool>()),
        before in (any::<i16>(), any::<i16>(), 0..=i16::MAX, 0..=MAX_REFRACTORY_TICKS),
        weight_sum: i16,
    ) {
        let parameters = NeuronParameters {
            synaptic_decay: decays[0],
            membrane_decay: decays[1],
            adaptation_decay: decays[2],
            threshold: levels.0,
            adaptation_increment: levels.1,
            bias: levels.2,
            refractory_ticks: options.0,
            reset_mode: if options.1 { ResetMode::Subtract } else { ResetMode::ToZero },
            never_fires: options.2,
        };
        let before = NeuronState { potential: before.0, current: before.1, adaptation: before.2, refractory_left: before.3 };
        let Update { state: after, spike, .. } = update(&parameters, before, weight_sum);
        prop_assert!(after.adaptation >= 0 && after.refractory_left <= MAX_REFRACTORY_TICKS);
        prop_assert!(!spike || (after.potential >= 0 && after.refractory_left == parameters.refractory_ticks));
    }
}
