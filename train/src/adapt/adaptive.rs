//! A trained network and the readouts beside it, which are taught window by window.

use std::collections::BTreeSet;

use recording::RecordingIdentity;
use spec::image::{Plastic, PlasticImage};
use spec::learn::Means;

use super::{Adapted, Lesson, Neighbours, SURE_LEAD, TaughtSession, Teacher, Trust, Trusted};

/// A plastic image in use: what it decides, and what it has learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Adaptive {
    image: PlasticImage,
    /// Those of the image, with the counts of the window.
    means: Means,
    starts: Vec<i16>,
    teacher: Teacher,
    trust: Trust,
    n_teaches: u64,
    n_labels: u64,
    sessions: Vec<TaughtSession>,
    /// Which of these sessions it is on; none if it is on none that could be known again.
    session: Option<usize>,
}

/// What both decoders decide from the scores of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The class of the trained network.
    pub trained: usize,
    /// The class of the readouts that are taught.
    pub adapted: usize,
    /// By how much the best of their scores exceeds the second.
    pub lead: i32,
    /// Which of both counts.
    pub trusted: Trusted,
}

impl Decided {
    /// The class that counts.
    #[must_use]
    pub fn class(&self) -> usize {
        match self.trusted {
            Trusted::Trained => self.trained,
            Trusted::Adapted => self.adapted,
        }
    }

    /// Whether the readouts are sure enough to be taught by their own decision.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.lead >= SURE_LEAD
    }
}

impl Adaptive {
    /// A plastic image on a new day; `so_far` is what happened on the days before.
    #[must_use]
    pub fn new(image: PlasticImage, neighbours: Neighbours, so_far: Option<&Adapted>) -> Self {
        Self {
            means: image.plastic().means.clone(),
            starts: image.starts(),
            teacher: Teacher::new(neighbours),
            trust: so_far.map(|so_far| so_far.recent.clone()).unwrap_or_default(),
            n_teaches: so_far.map_or(0, |so_far| so_far.n_teaches),
            n_labels: so_far.map_or(0, |so_far| so_far.n_labels),
            sessions: so_far.map(|so_far| so_far.sessions.clone()).unwrap_or_default(),
            session: None,
            image,
        }
    }

    /// Says which recording the windows that follow are of.
    pub fn begin(&mut self, recording: RecordingIdentity) {
        let place = self.sessions.iter().position(|session| session.recording == recording);
        self.session = place.or_else(|| {
            self.sessions.push(TaughtSession { recording, trials: BTreeSet::new() });
            Some(self.sessions.len() - 1)
        });
    }

    /// The image with what was learned.
    #[must_use]
    pub fn image(&self) -> &PlasticImage {
        &self.image
    }

    /// The means with the counts of the last window that was seen.
    #[must_use]
    pub fn means(&self) -> &Means {
        &self.means
    }

    /// The decisions from the scores of a tick, as the board has them: of equal scores the lowest class wins.
    ///
    /// # Panics
    /// If there are not as many scores as readouts.
    #[must_use]
    pub fn decide(&self, scores: &[i16]) -> Decided {
        let (trained, _) = best(scores[..self.first_class()].iter().map(|&score| i32::from(score)));
        let (adapted, lead) = best(self.adapted_scores(scores));
        Decided { trained, adapted, lead, trusted: self.trust.trusted() }
    }

    /// The scores of the classes by the decoder that counts, of all scores of a tick.
    ///
    /// # Panics
    /// As [`Adaptive::decide`].
    #[must_use]
    pub fn trusted_scores(&self, scores: &[i16]) -> Vec<i16> {
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let narrow = |score: i32| score.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        match self.trust.trusted() {
            Trusted::Trained => scores[..self.first_class()].to_vec(),
            Trusted::Adapted => self.adapted_scores(scores).map(narrow).collect(),
        }
    }

    /// Counts the events of a window: for each tick its channels.
    pub fn see(&mut self, ticks: &[Vec<u16>]) {
        self.means.restart();
        ticks.iter().flatten().for_each(|channel| self.means.event(usize::from(*channel)));
    }

    /// Takes counts as [`Adaptive::see`] counts them: for each channel with events how many.
    pub fn see_counts(&mut self, counts: &[(usize, u8)]) {
        self.means.restart();
        for (channel, count) in counts {
            (0..*count).for_each(|_| self.means.event(*channel));
        }
    }

    /// Notes what was decided on a window of this class, for the switch between both decoders.
    pub fn note(&mut self, class: usize, decided: &Decided) {
        self.trust.note(decided.trained == class, decided.adapted == class);
        self.n_labels += 1;
    }

    /// Teaches a class by the window that was seen, of this trial. Returns what was taught, and how many weights it changed.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn teach(&mut self, trial: usize, class: usize) -> (Vec<Lesson>, usize) {
        let lessons = self.teacher.teach(&mut self.means, class);
        (lessons, self.learn(trial))
    }

    /// Teaches what was taught before, by the window that was seen, of this trial. Returns how many weights it changed.
    ///
    /// # Panics
    /// If a class or shift is out of range.
    pub fn teach_again(&mut self, trial: usize, lessons: &[Lesson]) -> usize {
        lessons.iter().for_each(|lesson| self.means.teach(lesson.class, lesson.shift));
        self.learn(trial)
    }

    /// What has happened so far, of an image that was adapted from the one with this hash.
    #[must_use]
    pub fn so_far(&self, from: &str) -> Adapted {
        Adapted {
            from: from.to_owned(),
            n_teaches: self.n_teaches,
            n_labels: self.n_labels,
            trusted: self.trust.trusted(),
            recent: self.trust.clone(),
            sessions: self.sessions.iter().filter(|session| !session.trials.is_empty()).cloned().collect(),
        }
    }

    fn learn(&mut self, trial: usize) -> usize {
        if let Some(session) = self.session {
            self.sessions[session].trials.insert(trial);
        }
        let n_changed = self.image.learn(self.means.clone());
        self.starts = self.image.starts();
        self.n_teaches += 1;
        n_changed
    }

    fn first_class(&self) -> usize {
        let Plastic { first_class, .. } = self.image.plastic();
        usize::from(*first_class)
    }

    fn adapted_scores(&self, scores: &[i16]) -> impl Iterator<Item = i32> {
        let plastic = &scores[self.first_class()..];
        assert_eq!(plastic.len(), self.starts.len(), "scores of plastic readouts");
        plastic.iter().zip(&self.starts).map(|(score, start)| i32::from(*score) + i32::from(*start))
    }
}

/// The first of the highest scores, and by how much it exceeds the second.
fn best(scores: impl Iterator<Item = i32>) -> (usize, i32) {
    let (mut class, mut first, mut second) = (0, i32::MIN, i32::MIN);
    for (index, score) in scores.enumerate() {
        if score > first {
            (class, first, second) = (index, score, first);
        } else {
            second = second.max(score);
        }
    }
    (class, first.saturating_sub(second))
}
