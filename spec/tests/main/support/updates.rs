//! Neuron updates: named edges, runs of many ticks, random cases.

use std::fmt::Write;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use spec::fixed::DECAY_ONE_RAW;
use spec::lif::{MAX_REFRACTORY_TICKS, NeuronParameters, NeuronState, ResetMode, Update, update};

const SEED: u64 = 16_384;
const RUN_TICKS: usize = 24;
const N_RANDOM: usize = 160;

/// A decay of a half.
pub const HALF: u16 = DECAY_ONE_RAW / 2;
/// The state after a restart.
pub const REST: NeuronState = NeuronState { potential: 0, current: 0, adaptation: 0, refractory_left: 0 };
/// A delta synapse, a perfect integrator, threshold 100, reset by subtraction.
pub const PLAIN: NeuronParameters = NeuronParameters {
    synaptic_decay: 0,
    membrane_decay: DECAY_ONE_RAW,
    adaptation_decay: 0,
    threshold: 100,
    adaptation_increment: 0,
    bias: 0,
    refractory_ticks: 0,
    reset_mode: ResetMode::Subtract,
    never_fires: false,
};
/// The smallest value of every field.
pub const LEAST: NeuronParameters =
    NeuronParameters { membrane_decay: 0, threshold: 1, reset_mode: ResetMode::ToZero, ..PLAIN };

pub fn write(text: &mut String) {
    text.push_str(
        "
# Neuron updates
# lif synaptic_decay membrane_decay adaptation_decay threshold adaptation_increment bias refractory_ticks reset fires
#     | potential current adaptation refractory_left | weight_sum -> potential current adaptation refractory_left spike
",
    );
    for (name, cases) in edges() {
        let _ = writeln!(text, "\n# {name}");
        for (parameters, before, weight_sum) in cases {
            line(text, &parameters, before, weight_sum);
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for (name, parameters, strongest) in runs() {
        let _ = writeln!(text, "\n# {name}: {RUN_TICKS} ticks in a row from rest");
        let mut state = REST;
        for _ in 0..RUN_TICKS {
            let weight_sum = between(&mut random, -strongest / 2, strongest) as i16;
            state = line(text, &parameters, state, weight_sum);
        }
    }
    let _ = writeln!(text, "\n# random parameters and states");
    for _ in 0..N_RANDOM {
        let (parameters, before) = random_case(&mut random);
        let weight_sum = level(&mut random);
        line(text, &parameters, before, weight_sum);
    }
}

fn line(text: &mut String, p: &NeuronParameters, before: NeuronState, weight_sum: i16) -> NeuronState {
    let Update { state: after, spike, .. } = update(p, before, weight_sum);
    let state = |s: NeuronState| format!("{} {} {} {}", s.potential, s.current, s.adaptation, s.refractory_left);
    let _ = writeln!(
        text,
        "lif {} | {} | {weight_sum} -> {} {}",
        parameters_text(p),
        state(before),
        state(after),
        u8::from(spike)
    );
    after
}

pub fn parameters_text(p: &NeuronParameters) -> String {
    let reset = if p.reset_mode == ResetMode::Subtract { "subtract" } else { "zero" };
    let fires = if p.never_fires { "silent" } else { "fires" };
    format!(
        "{} {} {} {} {} {} {} {reset} {fires}",
        p.synaptic_decay,
        p.membrane_decay,
        p.adaptation_decay,
        p.threshold,
        p.adaptation_increment,
        p.bias,
        p.refractory_ticks
    )
}

type Case = (NeuronParameters, NeuronState, i16);

fn edges() -> Vec<(&'static str, Vec<Case>)> {
    let filtered = |synaptic_decay| NeuronParameters { synaptic_decay, ..PLAIN };
    let leaky = |membrane_decay| NeuronParameters { membrane_decay, ..PLAIN };
    let adaptive = |adaptation_decay| NeuronParameters { adaptation_decay, adaptation_increment: 30, ..PLAIN };
    let silent = NeuronParameters { never_fires: true, ..PLAIN };
    let to_zero = NeuronParameters { reset_mode: ResetMode::ToZero, ..PLAIN };
    let current = |current| NeuronState { current, ..REST };
    let potential = |potential| NeuronState { potential, ..REST };
    let adaptation = |adaptation| NeuronState { adaptation, ..REST };
    let decays = [0, 1, HALF - 1, HALF, HALF + 1, DECAY_ONE_RAW - 1, DECAY_ONE_RAW];
    let levels = [i16::MIN, -12_345, -2, -1, 0, 1, 2, 12_345, i16::MAX];
    let every = |parameters: &dyn Fn(u16) -> NeuronParameters, state: &dyn Fn(i16) -> NeuronState| {
        let pairs = decays.iter().flat_map(|decay| levels.map(|level| (*decay, level)));
        pairs.map(|(decay, level)| (parameters(decay), state(level), 0)).collect::<Vec<Case>>()
    };
    vec![
        (
            "step 1: a delta synapse drops the former current",
            vec![(PLAIN, current(30_000), 7), (PLAIN, current(-1), 0)],
        ),
        ("step 1: the synaptic decay is floored, over its range", every(&filtered, &current)),
        (
            "step 1: the current saturates at both ends",
            vec![
                (filtered(DECAY_ONE_RAW), current(i16::MAX - 1), 1),
                (filtered(DECAY_ONE_RAW), current(i16::MAX - 1), 2),
                (filtered(DECAY_ONE_RAW), current(i16::MAX - 1), i16::MAX),
                (filtered(DECAY_ONE_RAW), current(i16::MIN + 1), -1),
                (filtered(DECAY_ONE_RAW), current(i16::MIN + 1), -2),
                (filtered(DECAY_ONE_RAW), current(i16::MIN + 1), i16::MIN),
            ],
        ),
        (
            "step 2: adaptation decays with floor",
            decays
                .map(|decay| (adaptive(decay), adaptation(i16::MAX), 0))
                .into_iter()
                .chain([(adaptive(HALF), adaptation(1), 0)])
                .collect(),
        ),
        (
            "step 3: the threshold rises with the decayed adaptation, and saturates",
            vec![
                (adaptive(HALF), adaptation(11), 104),
                (adaptive(HALF), adaptation(11), 105),
                (
                    NeuronParameters { threshold: i16::MAX, ..adaptive(DECAY_ONE_RAW) },
                    adaptation(i16::MAX),
                    i16::MAX - 1,
                ),
                (NeuronParameters { threshold: i16::MAX, ..adaptive(DECAY_ONE_RAW) }, adaptation(i16::MAX), i16::MAX),
            ],
        ),
        ("step 4: the membrane decay is floored, over its range", every(&leaky, &potential)),
        (
            "step 4: the potential saturates at both ends, once, after current and bias",
            vec![
                (silent, potential(i16::MAX - 1), 1),
                (silent, potential(i16::MAX - 1), 2),
                (silent, potential(i16::MIN + 1), -1),
                (silent, potential(i16::MIN + 1), -2),
                (NeuronParameters { bias: i16::MAX, ..silent }, potential(i16::MAX - 1), i16::MAX),
                (NeuronParameters { bias: i16::MIN, ..silent }, potential(i16::MIN + 1), i16::MIN),
                (NeuronParameters { bias: -10, ..silent }, potential(i16::MAX), 5),
                (NeuronParameters { bias: 10, ..silent }, potential(i16::MIN), -5),
            ],
        ),
        (
            "step 4: the potential is held while refractory, current and adaptation go on",
            vec![
                (filtered(HALF), NeuronState { potential: -40, current: 10, adaptation: 0, refractory_left: 15 }, 500),
                (adaptive(HALF), NeuronState { potential: 500, current: 0, adaptation: 9, refractory_left: 1 }, 0),
            ],
        ),
        (
            "step 5: fires at the threshold and not one below",
            vec![
                (PLAIN, REST, 99),
                (PLAIN, REST, 100),
                (PLAIN, REST, 101),
                (NeuronParameters { threshold: 1, ..PLAIN }, REST, 0),
                (NeuronParameters { threshold: 1, ..PLAIN }, REST, 1),
                (NeuronParameters { threshold: i16::MAX, ..PLAIN }, REST, i16::MAX - 1),
                (NeuronParameters { threshold: i16::MAX, ..PLAIN }, REST, i16::MAX),
                (NeuronParameters { bias: 100, ..PLAIN }, REST, 0),
                (silent, potential(100), 50),
            ],
        ),
        (
            "step 6: subtraction takes the threshold of this tick, to zero leaves nothing",
            vec![
                (PLAIN, REST, 130),
                (to_zero, REST, 130),
                (adaptive(DECAY_ONE_RAW), adaptation(20), 130),
                (NeuronParameters { reset_mode: ResetMode::ToZero, ..adaptive(DECAY_ONE_RAW) }, adaptation(20), 130),
                (NeuronParameters { threshold: 1, ..PLAIN }, REST, i16::MAX),
            ],
        ),
        (
            "step 7: a spike raises adaptation, which saturates, and starts the refractory period",
            vec![
                (adaptive(HALF), adaptation(9), 200),
                (
                    NeuronParameters { threshold: 1, ..adaptive(DECAY_ONE_RAW) },
                    NeuronState { potential: i16::MAX, ..adaptation(i16::MAX - 31) },
                    0,
                ),
                (
                    NeuronParameters { threshold: 1, ..adaptive(DECAY_ONE_RAW) },
                    NeuronState { potential: i16::MAX, ..adaptation(i16::MAX - 30) },
                    0,
                ),
                (
                    NeuronParameters { threshold: 1, ..adaptive(DECAY_ONE_RAW) },
                    NeuronState { potential: i16::MAX, ..adaptation(i16::MAX - 29) },
                    0,
                ),
                (NeuronParameters { refractory_ticks: 1, ..PLAIN }, REST, 100),
                (NeuronParameters { refractory_ticks: MAX_REFRACTORY_TICKS, ..PLAIN }, REST, 100),
            ],
        ),
    ]
}

fn runs() -> [(&'static str, NeuronParameters, i32); 4] {
    let adaptive = NeuronParameters {
        synaptic_decay: 13_414,
        membrane_decay: 15_585,
        adaptation_decay: 16_275,
        threshold: 400,
        adaptation_increment: 120,
        ..PLAIN
    };
    [
        ("leaky integrate-and-fire", NeuronParameters { membrane_decay: 15_585, ..PLAIN }, 120),
        ("adaptive, filtered current", adaptive, 300),
        (
            "adaptive, refractory, reset to zero, bias",
            NeuronParameters { refractory_ticks: 2, reset_mode: ResetMode::ToZero, bias: 40, ..adaptive },
            500,
        ),
        ("leaky integrator of a readout", NeuronParameters { never_fires: true, ..adaptive }, 2_000),
    ]
}

fn between(random: &mut ChaCha8Rng, low: i32, high: i32) -> i32 {
    low + (random.next_u32() % (high - low + 1) as u32) as i32
}

/// A level, near 0 as often as anywhere.
fn level(random: &mut ChaCha8Rng) -> i16 {
    let bound = if random.next_u32().is_multiple_of(2) { 300 } else { i32::from(i16::MAX) };
    between(random, -bound - 1, bound) as i16
}

fn magnitude(random: &mut ChaCha8Rng) -> i16 {
    level(random).saturating_abs()
}

fn random_case(random: &mut ChaCha8Rng) -> (NeuronParameters, NeuronState) {
    let mut decay = || between(random, 0, i32::from(DECAY_ONE_RAW)) as u16;
    let [synaptic_decay, membrane_decay, adaptation_decay] = [(); 3].map(|()| decay());
    let options = random.next_u32();
    let parameters = NeuronParameters {
        synaptic_decay,
        membrane_decay,
        adaptation_decay,
        threshold: magnitude(random).max(1),
        adaptation_increment: magnitude(random),
        bias: level(random),
        refractory_ticks: (options % 16) as u8,
        reset_mode: if options & 0x100 == 0 { ResetMode::ToZero } else { ResetMode::Subtract },
        never_fires: options & 0xe00 == 0,
    };
    let held = options & 0x7000 == 0;
    let state = NeuronState {
        potential: level(random),
        current: level(random),
        adaptation: magnitude(random),
        refractory_left: if held { (options >> 16) as u8 % (MAX_REFRACTORY_TICKS + 1) } else { 0 },
    };
    (parameters, state)
}
