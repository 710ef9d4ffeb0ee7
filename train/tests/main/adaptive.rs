//! Adaptation: the means, the image that they make and what a core runs of it agree after every window, on any number of lanes.

use model::Core;
use proptest::prelude::*;
use spec::image::{LaneSynapses, NetworkImage, Neuron, PlasticImage, Synapse};
use spec::learn::{MAX_COUNT, Means, WEIGHTS, count};
use spec::lif::{NeuronParameters, ResetMode};
use train::adapt::{Adapted, Adaptive, Lesson, Neighbours, SURE_LEAD, Trust, Trusted};

const TICKS: usize = 12;
const CLASSES: usize = 3;

/// A neuron that adds up, never fires, and decides for a class.
fn readout(class: u8) -> Neuron {
    let parameters = NeuronParameters {
        synaptic_decay: 0,
        membrane_decay: spec::fixed::DECAY_ONE_RAW,
        adaptation_decay: 0,
        threshold: i16::MAX,
        adaptation_increment: 0,
        bias: 0,
        refractory_ticks: 0,
        reset_mode: ResetMode::Subtract,
        never_fires: true,
    };
    Neuron { parameters, readout: Some(class) }
}

/// A hidden neuron, which fires at a potential of 40.
fn hidden() -> Neuron {
    let readout = readout(0);
    let parameters = NeuronParameters { threshold: 40, never_fires: false, ..readout.parameters };
    Neuron { parameters, readout: None }
}

/// A network on so many lanes: hidden neurons, then a readout for each class; weights come from a seed.
fn network(n_channels: u16, n_hidden: usize, n_lanes: usize, weights: &[i8]) -> NetworkImage {
    let neurons: Vec<Neuron> = (0..n_hidden).map(|_| hidden()).chain((0..CLASSES as u8).map(readout)).collect();
    let n_rows = usize::from(n_channels) + neurons.len();
    let lane = |lane: usize| {
        let row = |row: usize| -> Vec<Synapse> {
            let on_lane = (lane..neurons.len()).step_by(n_lanes);
            let weight = |neuron: usize| weights[(row * 31 + neuron * 7) % weights.len()];
            let synapses =
                on_lane.map(|neuron| Synapse { post_neuron: (neuron / n_lanes) as u8, weight: weight(neuron) });
            synapses.filter(|synapse| synapse.weight != 0).collect()
        };
        LaneSynapses::of_rows(&(0..n_rows).map(row).collect::<Vec<_>>()).unwrap()
    };
    NetworkImage { n_channels, lanes: (0..n_lanes).map(lane).collect(), neurons }
}

/// A window, the class that it is of, if that is known.
#[derive(Clone, Debug)]
struct Window {
    ticks: Vec<Vec<u16>>,
    label: Option<usize>,
}

fn window(n_channels: u16) -> impl Strategy<Value = Window> {
    let tick = prop::collection::btree_set(0..n_channels, 0..usize::from(n_channels).min(6));
    let ticks = prop::collection::vec(tick.prop_map(|channels| channels.into_iter().collect()), TICKS);
    (ticks, prop::option::weighted(0.7, 0..CLASSES)).prop_map(|(ticks, label)| Window { ticks, label })
}

#[derive(Clone, Debug)]
struct Session {
    n_channels: u16,
    n_hidden: usize,
    weights: Vec<i8>,
    neighbours: Neighbours,
    first: Vec<u16>,
    windows: Vec<Window>,
}

fn session() -> impl Strategy<Value = Session> {
    let neighbours = prop::sample::select(vec![Neighbours::None, Neighbours::Line, Neighbours::Ring]);
    (1..20_u16, 5..9_usize, prop::collection::vec(-20..20_i8, 40), neighbours).prop_flat_map(
        |(n_channels, n_hidden, weights, neighbours)| {
            let first = prop::collection::vec(0..4096_u16, usize::from(n_channels) * CLASSES);
            let windows = prop::collection::vec(window(n_channels), 1..30);
            (first, windows).prop_map(move |(first, windows)| Session {
                n_channels,
                n_hidden,
                weights: weights.clone(),
                neighbours,
                first,
                windows,
            })
        },
    )
}

/// What happened on a window: both decisions, what was taught, and the trusted decoder.
type Outcome = (usize, usize, Vec<Lesson>, Trusted);

/// Runs a session on so many lanes, and checks after every window that everything agrees.
fn run(session: &Session, n_lanes: usize) -> (Vec<Outcome>, Means, Adapted) {
    let Session { n_channels, n_hidden, weights, neighbours, first, windows } = session;
    let trained = network(*n_channels, *n_hidden, n_lanes, weights);
    let means = Means::new(TICKS as u16, 64, CLASSES, first.clone()).unwrap();
    let base = PlasticImage::add(&trained, means).unwrap();
    let mut adaptive = Adaptive::new(base.clone(), *neighbours, None);
    let mut replayed = Adaptive::new(base, *neighbours, None);
    let mut alone = Core::of(&trained);
    let mut outcomes = Vec::new();
    for window in windows {
        // A board that holds what was learned before.
        let loaded = NetworkImage::decode(&adaptive.image().board_bytes()).unwrap();
        let mut core = Core::of(&loaded);
        alone.restart();
        let (mut scores, mut of_trained) = (Vec::new(), Vec::new());
        for channels in &window.ticks {
            scores = core.tick(channels).unwrap().scores.to_vec();
            of_trained = alone.tick(channels).unwrap().scores.to_vec();
        }
        assert_eq!(scores[..CLASSES], of_trained, "the trained network changed");
        check_scores(&adaptive, window, &scores[CLASSES..]);
        let decided = adaptive.decide(&scores);
        let best = |scores: &[i32]| (0..CLASSES).rev().max_by_key(|class| scores[*class]).unwrap();
        let starts = adaptive.image().starts();
        let with_start: Vec<i32> =
            scores[CLASSES..].iter().zip(&starts).map(|(score, start)| i32::from(*score) + i32::from(*start)).collect();
        assert_eq!(decided.adapted, best(&with_start));
        assert_eq!(decided.trained, best(&of_trained.iter().map(|score| i32::from(*score)).collect::<Vec<_>>()));
        let mut sorted = with_start.clone();
        sorted.sort_unstable();
        assert_eq!(decided.is_sure(), sorted[CLASSES - 1] - sorted[CLASSES - 2] >= SURE_LEAD);

        adaptive.see(&window.ticks);
        let counts: Vec<(usize, u8)> = adaptive.means().counts().iter().copied().enumerate().collect();
        if let Some(label) = window.label {
            adaptive.note(label, &decided);
            replayed.note(label, &decided);
        }
        let class = window.label.or(decided.is_sure().then_some(decided.adapted));
        let lessons = class.map(|class| {
            let before = adaptive.image().clone();
            let (lessons, n_changed) = adaptive.teach(0, class);
            check_image(&adaptive, &before, n_changed);
            replayed.see_counts(&counts);
            assert_eq!(replayed.teach_again(0, &lessons), n_changed);
            assert_eq!(replayed.image(), adaptive.image());
            lessons
        });
        outcomes.push((decided.trained, decided.adapted, lessons.unwrap_or_default(), decided.trusted));
    }
    assert_eq!(replayed.so_far("base"), adaptive.so_far("base"));
    (outcomes, adaptive.image().plastic().means.clone(), adaptive.so_far("base"))
}

/// The scores of the plastic readouts are those of their weights, counts and biases, while no potential is at its limit.
fn check_scores(adaptive: &Adaptive, window: &Window, scores: &[i16]) {
    let readouts = adaptive.image().plastic().means.readouts();
    for (readout, score) in readouts.iter().zip(scores) {
        let events = window.ticks.iter().flatten();
        let votes: i32 = events.map(|channel| i32::from(readout.weights[usize::from(*channel)])).sum();
        let expected = votes + TICKS as i32 * i32::from(readout.bias);
        assert_eq!(i32::from(*score), expected);
    }
}

/// The bytes of the image have the weights, biases and starts of the means, and nothing else has changed.
fn check_image(adaptive: &Adaptive, before: &PlasticImage, n_changed: usize) {
    let image = adaptive.image();
    let read = PlasticImage::decode(&image.encode()).unwrap();
    assert_eq!((read.network(), read.starts()), (image.network(), image.starts()));
    assert_eq!(read.plastic().means.means(), adaptive.means().means());
    assert_eq!(read.trained(), before.trained());
    assert!(
        read.plastic()
            .means
            .readouts()
            .iter()
            .flat_map(|readout| &readout.weights)
            .all(|weight| WEIGHTS.contains(weight))
    );
    let synapses = |image: &PlasticImage| -> Vec<i8> {
        image.network().lanes.iter().flat_map(|lane| &lane.synapses).map(|synapse| synapse.weight).collect()
    };
    let changed = synapses(image).iter().zip(synapses(before)).filter(|(new, old)| **new != *old).count();
    assert_eq!(changed, n_changed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn means_image_and_core_agree_after_every_window_on_any_number_of_lanes(session in session()) {
        let on_one = run(&session, 1);
        for n_lanes in [2, 4, 8] {
            prop_assert_eq!(&run(&session, n_lanes), &on_one);
        }
    }

    #[test]
    fn a_session_can_be_interrupted_and_goes_on(session in session(), at: prop::sample::Index) {
        let at = at.index(session.windows.len());
        let network = network(session.n_channels, session.n_hidden, 2, &session.weights);
        let means = Means::new(TICKS as u16, 64, CLASSES, session.first.clone()).unwrap();
        let mut adaptive = Adaptive::new(PlasticImage::add(&network, means).unwrap(), session.neighbours, None);
        for (place, window) in session.windows.iter().enumerate() {
            if place == at {
                // As a companion keeps it.
                let text = serde_json::to_string(&adaptive.so_far("a")).unwrap();
                let so_far: Adapted = serde_json::from_str(&text).unwrap();
                let image = PlasticImage::decode(&adaptive.image().encode()).unwrap();
                let again = Adaptive::new(image, session.neighbours, Some(&so_far));
                prop_assert_eq!(again.so_far("a"), so_far);
                prop_assert_eq!(again.image().encode(), adaptive.image().encode());
                adaptive = again;
            }
            adaptive.see(&window.ticks);
            if let Some(label) = window.label {
                let decided = adaptive.decide(&[0; 2 * CLASSES]);
                adaptive.note(label, &decided);
                adaptive.teach(0, label);
            }
        }
        let n_labels = session.windows.iter().filter(|window| window.label.is_some()).count() as u64;
        let so_far = adaptive.so_far("b");
        prop_assert_eq!((so_far.n_labels, so_far.n_teaches), (n_labels, n_labels));
    }
}

#[test]
fn counts_stop_at_their_largest() {
    let ticks: Vec<Vec<u16>> = (0..200).map(|_| vec![1]).collect();
    let means = Means::new(TICKS as u16, 64, CLASSES, vec![0; 2 * CLASSES]).unwrap();
    let base = PlasticImage::add(&network(2, 4, 1, &[1]), means).unwrap();
    let mut adaptive = Adaptive::new(base, Neighbours::None, None);
    adaptive.see(&ticks);
    assert_eq!(adaptive.means().counts(), [0, MAX_COUNT]);
    assert_eq!(count(MAX_COUNT), MAX_COUNT);
}

#[test]
fn trust_is_read_back_from_its_text() {
    let mut trust = Trust::default();
    for (trained, adapted) in [(true, true), (true, false), (false, true), (false, false), (false, true)] {
        trust.note(trained, adapted);
    }
    let text = serde_json::to_string(&trust).unwrap();
    assert_eq!(text, "\"btana\"");
    let read: Trust = serde_json::from_str(&text).unwrap();
    assert_eq!((read.trusted(), read), (Trusted::Adapted, trust));
    assert!(serde_json::from_str::<Trust>("\"bx\"").is_err());
}
