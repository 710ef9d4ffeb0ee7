//! Plastic readouts beside a trained network: what they start from, and the core that holds both.

use model::Core;
use recording::{Dataset, Sample, Split};
use spec::core::{CORES, ECP5_85F, MAX_READOUTS, Misfit, NamedCore};
use spec::digest::sha256_hex;
use spec::image::{ImageError, NetworkImage, PlasticImage};
use spec::learn::Means;

use super::{Decoder, DecoderError};
use crate::adapt::{Adapted, Adaptive, FirstMeansError, Neighbours, PlasticCard, first_means};

/// The most classes of a network with as many plastic readouts beside it.
const MAX_CLASSES: usize = MAX_READOUTS as usize / 2;

/// Plastic readouts before they are taught: those of the windows that the network in the image is trained on.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstReadouts {
    means: Means,
    neighbours: Neighbours,
}

/// Why a network has no plastic readouts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum PlasticError {
    #[error(
        "{n_classes} classes: with as many plastic readouts beside them, a core decides between {most} at most",
        most = MAX_CLASSES
    )]
    Classes { n_classes: usize },
    #[error(transparent)]
    FirstMeans(#[from] FirstMeansError),
    #[error("with plastic readouts beside it, the network is none that a core runs: {0}")]
    Image(#[from] ImageError),
    #[error("with plastic readouts beside it, the network does not fit core {core}: {misfit}")]
    Misfit { core: &'static str, misfit: Misfit },
}

impl FirstReadouts {
    /// The readouts for the first fold of `split`. Their means are those of the first window of each trial, as these are decoded.
    ///
    /// # Errors
    /// More classes, channels or ticks than plastic readouts have, or a class without a trial to train on.
    pub fn of(dataset: &Dataset, split: &Split) -> Result<Self, PlasticError> {
        let n_classes = dataset.classes.len();
        if n_classes > MAX_CLASSES {
            return Err(PlasticError::Classes { n_classes });
        }
        let neighbours = Neighbours::of(dataset.angles.as_ref());
        let trained = split.train_samples(0, dataset).into_iter().map(|index| &dataset.samples[index]);
        let means = first_means(dataset, trained.filter(|sample| sample.window == 0), neighbours)?;
        Ok(Self { means, neighbours })
    }

    /// The core for the network of the first fold with these readouts: that one, if it was `given`, else the smallest from there on
    /// that holds both. `lay_out` gives the network on a core.
    pub(super) fn core(
        &self,
        core: NamedCore,
        is_given: bool,
        lay_out: impl Fn(NamedCore) -> Result<NetworkImage, DecoderError>,
    ) -> Result<NamedCore, DecoderError> {
        let fits = |core: NamedCore| self.beside(&lay_out(core)?, &core).map_err(DecoderError::from).map(|_| core);
        if is_given {
            return fits(core);
        }
        let larger = CORES.into_iter().skip_while(|other| *other != core);
        // What no core holds is refused with the sizes of the largest.
        larger.map(fits).find(Result::is_ok).unwrap_or_else(|| fits(ECP5_85F))
    }

    /// An image with these readouts, which fits the core.
    pub(super) fn beside(&self, network: &NetworkImage, core: &NamedCore) -> Result<PlasticImage, PlasticError> {
        let image = PlasticImage::add(network, self.means.clone())?;
        match core.configuration.accommodates(&image.network().requirement()) {
            Ok(()) => Ok(image),
            Err(misfit) => Err(PlasticError::Misfit { core: core.name, misfit }),
        }
    }

    /// Puts the readouts beside the network of a decoder; `test` are the windows held out from it.
    pub(super) fn add_to(&self, decoder: Decoder, test: &[&Sample]) -> Result<Decoder, DecoderError> {
        let image = self.beside(&decoder.image, &decoder.core)?;
        let first_accuracy = accuracy(&image, test)?;
        let card = PlasticCard { neighbours: self.neighbours, first_accuracy, adapted: None };
        Ok(decoder.with_readouts(image, card))
    }
}

/// How often the plastic readouts decide rightly at the end of a window.
fn accuracy(image: &PlasticImage, windows: &[&Sample]) -> Result<f64, DecoderError> {
    let (mut core, adaptive) = (Core::of(image.network()), Adaptive::new(image.clone(), Neighbours::None, None));
    let mut n_right = 0_usize;
    for window in windows {
        core.restart();
        let mut decision = 0;
        for channels in &window.ticks {
            decision = adaptive.decide(core.tick(channels)?.scores).adapted;
        }
        n_right += usize::from(decision == window.class);
    }
    Ok(n_right as f64 / windows.len().max(1) as f64)
}

impl Decoder {
    /// The decoder with readouts that have learned, and what they were taught; the trained network stays as it is.
    #[must_use]
    pub fn adapted(&self, image: PlasticImage, adapted: Adapted) -> Option<Self> {
        let card = PlasticCard { adapted: Some(adapted), ..self.card.plastic.clone()? };
        Some(self.clone().with_readouts(image, card))
    }

    fn with_readouts(mut self, image: PlasticImage, card: PlasticCard) -> Self {
        self.card.network_hash = sha256_hex(&image.encode());
        self.card.plastic = Some(card);
        self.plastic = Some(image);
        self
    }

    /// What is wrong with plastic readouts and their place in the companion; none if they belong together.
    pub(super) fn doubt_of_plastic(&self) -> Option<String> {
        let (image, card) = match (&self.plastic, &self.card.plastic) {
            (None, None) => return None,
            (Some(_), None) => return Some("the image has plastic readouts, and its companion none".to_owned()),
            (None, Some(_)) => return Some("the companion has plastic readouts, and the image none".to_owned()),
            (Some(image), Some(card)) => (image, card),
        };
        let (found, expected) = (image.plastic().means.n_classes(), self.card.classes.len());
        if found != expected {
            return Some(format!("it has {found} plastic readouts, and there are {expected} classes"));
        }
        let adapted = card.adapted.as_ref();
        adapted
            .filter(|adapted| adapted.trusted != adapted.recent.trusted())
            .map(|_| "the decoder that its companion trusts is not the one that was right more often".to_owned())
    }
}
