//! Readouts that are taught: they follow units that change from day to day, and trust is placed where it was earned.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};
use recording::{AngleSource, ClassAngles, Dataset, Sample};
use spec::learn::Means;
use train::adapt::{Lesson, Neighbours, Teacher, Trust, Trusted, first_means};

const N_UNITS: usize = 96;
const N_CLASSES: usize = 8;
const TICKS: usize = 100;
const DAYS: usize = 10;

/// A unit whose rate follows the cosine of the direction, in spikes of a window.
#[derive(Clone, Copy)]
struct Unit {
    baseline: f64,
    depth: f64,
    preferred: f64,
}

impl Unit {
    fn any(rng: &mut ChaCha8Rng) -> Self {
        Self {
            baseline: rng.random_range(0.4..2.0),
            depth: rng.random_range(0.4..1.6),
            preferred: rng.random_range(0.0..std::f64::consts::TAU),
        }
    }

    /// What a night does: one of ten units is another one, the others change in gain and direction.
    fn sleep(&mut self, rng: &mut ChaCha8Rng) {
        if rng.random_bool(0.1) {
            *self = Self::any(rng);
            return;
        }
        let normal = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
        let gain = (0.2 * normal(rng)).exp();
        self.baseline *= gain;
        self.depth *= gain;
        self.preferred += 15_f64.to_radians() * normal(rng);
    }

    fn mean(&self, class: usize) -> f64 {
        let direction = class as f64 / N_CLASSES as f64 * std::f64::consts::TAU;
        (self.baseline + self.depth * (direction - self.preferred).cos()).max(0.0)
    }
}

/// A window of a class: each unit's spikes at random ticks, one a tick.
fn window(units: &[Unit], class: usize, trial: usize, rng: &mut ChaCha8Rng) -> Sample {
    let mut ticks = vec![Vec::new(); TICKS];
    for (unit, channel) in units.iter().zip(0..) {
        let mean = unit.mean(class);
        let spikes = if mean > 0.0 { Poisson::new(mean).unwrap().sample(rng) as usize } else { 0 };
        for _ in 0..spikes {
            let tick: &mut Vec<u16> = &mut ticks[rng.random_range(0..TICKS)];
            if tick.last() != Some(&channel) {
                tick.push(channel);
            }
        }
    }
    Sample { trial, class, window: 0, offset_ms: 0.0, ticks }
}

/// `n` windows, their classes in turn.
fn windows(units: &[Unit], n: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
    (0..n).map(|trial| window(units, trial % N_CLASSES, trial, rng)).collect()
}

fn decide(means: &Means, sample: &Sample) -> usize {
    let scores = means.readouts().into_iter().map(|readout| {
        let votes = sample.ticks.iter().flatten().map(|channel| i32::from(readout.weights[usize::from(*channel)]));
        votes.sum::<i32>() + i32::from(readout.start) + TICKS as i32 * i32::from(readout.bias)
    });
    scores.enumerate().max_by_key(|(class, score)| (*score, std::cmp::Reverse(*class))).unwrap().0
}

fn accuracy(means: &Means, samples: &[Sample]) -> f64 {
    samples.iter().filter(|sample| decide(means, sample) == sample.class).count() as f64 / samples.len() as f64
}

/// Shows the window to the readouts, and teaches its class.
fn teach(teacher: &mut Teacher, means: &mut Means, sample: &Sample) {
    means.restart();
    sample.ticks.iter().flatten().for_each(|channel| means.event(usize::from(*channel)));
    teacher.teach(means, sample.class);
}

/// Mean accuracy over ten days: never taught, and with so many labels a day.
fn over_days(neighbours: Neighbours, labels: usize, seed: u64) -> (f64, f64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut units: Vec<Unit> = (0..N_UNITS).map(|_| Unit::any(&mut rng)).collect();
    let classes = (0..N_CLASSES).map(|class| class.to_string()).collect();
    let dataset = Dataset::from_samples(N_UNITS, 1, classes, windows(&units, 320, &mut rng)).unwrap();
    let frozen = first_means(&dataset, &dataset.samples, neighbours).unwrap();
    let (mut means, mut teacher) = (frozen.clone(), Teacher::new(neighbours));
    let (mut never, mut taught) = (0.0, 0.0);
    for _ in 0..DAYS {
        units.iter_mut().for_each(|unit| unit.sleep(&mut rng));
        teacher.next_day();
        for sample in windows(&units, labels, &mut rng) {
            teach(&mut teacher, &mut means, &sample);
        }
        let test = windows(&units, 400, &mut rng);
        never += accuracy(&frozen, &test) / DAYS as f64;
        taught += accuracy(&means, &test) / DAYS as f64;
    }
    (never, taught)
}

#[test]
fn twenty_labels_a_day_follow_a_tenth_of_the_units_that_change() {
    let (frozen, taught) = over_days(Neighbours::Ring, 20, 1);
    assert!(frozen < 0.75, "nothing drifted: {frozen}");
    assert!(taught > 0.93, "{taught}");
}

#[test]
fn trust_goes_to_the_decoder_that_was_right_more_often_and_comes_back() {
    let mut trust = Trust::new(3);
    assert_eq!(trust.trusted(), Trusted::Trained);
    trust.note(true, true);
    assert_eq!(trust.trusted(), Trusted::Trained, "a tie");
    trust.note(false, true);
    assert_eq!(trust.trusted(), Trusted::Adapted);
    (0..2).for_each(|_| trust.note(true, false));
    assert_eq!(trust.trusted(), Trusted::Trained, "the oldest window is forgotten");
}

#[test]
fn neighbours_follow_the_directions() {
    let of = |degrees: &[f64]| {
        Neighbours::of(Some(&ClassAngles { degrees: degrees.to_vec(), source: AngleSource::Degrees }))
    };
    assert_eq!(of(&[0.0, 90.0, 180.0, 270.0]), Neighbours::Ring);
    assert_eq!(of(&[10.0, 50.0, 90.0]), Neighbours::Line);
    assert_eq!(of(&[90.0, 0.0, 180.0]), Neighbours::None, "not in order");
    assert_eq!(of(&[0.0, 180.0]), Neighbours::None);
    assert_eq!(Neighbours::of(None), Neighbours::None);
    assert_eq!(Neighbours::Ring.beside(0, 4), [1, 3]);
    assert_eq!(Neighbours::Line.beside(3, 4), [2]);
    assert_eq!(Neighbours::None.beside(1, 4), [] as [usize; 0]);
}

#[test]
fn a_label_teaches_its_class_and_half_as_much_those_beside_it() {
    let mut means = Means::new(100, 64, 4, vec![1024; 4]).unwrap();
    let mut teacher = Teacher::new(Neighbours::Ring);
    let shifts = |lessons: Vec<Lesson>| lessons.iter().map(|lesson| (lesson.class, lesson.shift)).collect::<Vec<_>>();
    assert_eq!(shifts(teacher.teach(&mut means, 0)), [(0, 3), (1, 4), (3, 4)]);
    (1..20).for_each(|_| drop(teacher.teach(&mut means, 2)));
    assert_eq!(shifts(teacher.teach(&mut means, 0)), [(0, 4), (1, 5), (3, 5)]);
    teacher.next_day();
    assert_eq!(shifts(teacher.teach(&mut means, 0)), [(0, 3), (1, 4), (3, 4)]);
}
