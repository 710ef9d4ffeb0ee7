//! Recalibration: a training that continues from a decoder on the trials of another day.

use std::collections::{HashMap, HashSet};

use recording::{Dataset, Recording, UnitIds};
use serde::{Deserialize, Serialize};
use spec::image::NetworkImage;

use super::units::{LEAST_CORRELATION, rate_correlation};
use super::{Decoder, DecoderCard, FurtherRecording, MatchedBy, TrainedUnit, TrainingOverlap};
use crate::Topology;
use crate::compile::RaiseError;
use crate::network::{Layout, QuantizedNetwork};

/// The decoder that a training continues from, and what the channels of the new recording are to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    image: NetworkImage,
    /// Its companion.
    card: DecoderCard,
    /// Of each channel of the new recording that of the decoder.
    channels: Vec<Option<usize>>,
    from: StartedFrom,
}

/// Which decoder a training continued from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartedFrom {
    /// SHA-256 of its image.
    pub network_hash: String,
    /// What the units were matched by.
    pub by: MatchedBy,
    /// Units that it had too.
    pub n_matched: usize,
    /// Units that it did not have.
    pub n_new: usize,
    /// Units that it had, and that are gone.
    pub n_gone: usize,
    /// Correlation of the logarithms of the mean rates of matched units, as [`super::MatchedUnits::rate_correlation`].
    pub rate_correlation: Option<f64>,
    /// The number that the first trial of what it had seen has in the new companion.
    #[serde(default = "unknown")]
    pub first_trial: usize,
}

/// Companions of older versions do not say where earlier trials begin.
fn unknown() -> usize {
    usize::MAX
}

/// Why a training cannot continue from a decoder; no message names the recording or the image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum StartError {
    #[error(
        "column {column} has the classes {}, the network has {}, in this order; choose its column and classes, or train from the start",
        found.join(" "), expected.join(" ")
    )]
    Classes { column: String, found: Vec<String>, expected: Vec<String> },
    #[error(
        "its ticks last {found} ms, those of the network {expected} ms; leave out --tick-ms, or train from the start"
    )]
    Tick { found: u32, expected: u32 },
    #[error("it is the recording that the network was trained on; give the trials of another day")]
    SameRecording,
    #[error(
        "it has {found} units, the network has {expected}, and no ids tell which of them are the same; choose units, give them ids, or \
         train from the start"
    )]
    Count { found: usize, expected: usize },
    #[error("no id of its {found} units is one of the network's; train from the start")]
    OtherUnits { found: usize },
    #[error("the network has the topology {expected}, not this {found}; leave out --topology, or train from the start")]
    Topology { found: String, expected: String },
    #[error(
        "the network has weights of {expected} bits, not {found}; leave out --weight-bits, or train from the start"
    )]
    WeightBits { found: u32, expected: u32 },
    #[error(transparent)]
    Raise(#[from] RaiseError),
}

impl Decoder {
    /// What a training on these recordings starts with, to continue from this decoder; `dataset` is cut from them. Units are matched by
    /// their ids, and by row where there are as many and no ids tell.
    ///
    /// # Errors
    /// Other classes or ticks, a recording that the decoder was trained on, units that cannot be matched, a companion of an older version.
    pub fn start(&self, recordings: &[&Recording], dataset: &Dataset) -> Result<Start, StartError> {
        let card = &self.card;
        check_windows(card, dataset)?;
        let is_known = |recording: &&&Recording| self.overlap(&recording.identity()) == TrainingOverlap::AllButHeldOut;
        if recordings.iter().any(|recording| is_known(&recording)) {
            return Err(StartError::SameRecording);
        }
        let rows = dataset.units.first().cloned().unwrap_or_else(|| (0..dataset.n_channels).collect());
        let first = recordings.first();
        let ids = first.and_then(|recording| UnitIds::of(recording, &rows));
        let expected = usize::from(self.image.n_channels);
        let trained = TrainedUnit::ids_of(&card.units).filter(|trained| trained.ids.len() == expected);
        let (by, channels) = matched(trained.as_ref(), ids.as_ref(), expected, rows.len())?;
        let rates_hz = first.map(|recording| recording.mean_rates_hz()).unwrap_or_default();
        let pairs = channels
            .iter()
            .zip(&rows)
            .filter_map(|(channel, &row)| Some((card.units.get((*channel)?)?.rate_hz, *rates_hz.get(row)?)));
        let n_matched = channels.iter().flatten().count();
        let from = StartedFrom {
            network_hash: card.network_hash.clone(),
            by,
            n_matched,
            n_new: channels.len() - n_matched,
            n_gone: expected - n_matched,
            rate_correlation: rate_correlation(pairs),
            first_trial: unknown(),
        };
        let start = Start { image: self.image.clone(), card: card.clone(), channels, from };
        start.network()?;
        Ok(start)
    }
}

impl Start {
    /// Which decoder it is, and how its units were found again.
    #[must_use]
    pub fn from(&self) -> &StartedFrom {
        &self.from
    }

    /// Of each channel of the new recording that of the decoder.
    #[must_use]
    pub fn channels(&self) -> &[Option<usize>] {
        &self.channels
    }

    /// Refuses what the decoder is not.
    pub(super) fn check(&self, dataset: &Dataset, topology: &Topology, weight_bits: u32) -> Result<(), StartError> {
        let card = &self.card;
        if *topology != card.topology {
            let [found, expected] = [topology, &card.topology].map(|topology| topology.name.clone());
            return Err(StartError::Topology { found, expected });
        }
        if weight_bits != card.weight_bits {
            return Err(StartError::WeightBits { found: weight_bits, expected: card.weight_bits });
        }
        if self.channels.len() != dataset.n_channels {
            return Err(StartError::Count { found: dataset.n_channels, expected: self.channels.len() });
        }
        check_windows(card, dataset)
    }

    /// The integers of the decoder.
    ///
    /// # Errors
    /// A companion that does not say which neuron is which.
    pub fn network(&self) -> Result<QuantizedNetwork, StartError> {
        let DecoderCard { topology, classes, neuron_order, .. } = &self.card;
        let n_channels = usize::from(self.image.n_channels);
        let layout = Layout { n_channels, n_neurons: topology.n_neurons(), n_readouts: classes.len() };
        Ok(QuantizedNetwork::raise(&self.image, neuron_order, layout)?)
    }

    /// Adds to the companion of the new decoder what the old one has seen: its recordings and trials, numbered on after `n_trials`.
    pub(super) fn carry_on(&self, card: &mut DecoderCard, n_trials: usize) {
        card.started_from = Some(StartedFrom { first_trial: n_trials, ..self.from.clone() });
        let past = self.card.recordings().map(|(recording, first_trial)| FurtherRecording {
            recording: recording.clone(),
            first_trial: n_trials + first_trial,
        });
        card.further_recordings.extend(past);
        card.held_out_trials.extend(self.card.held_out_trials.iter().map(|trial| n_trials + trial));
        card.other_trials.extend(self.card.other_trials.iter().map(|(trial, class)| (n_trials + trial, *class)));
    }
}

/// Refuses windows of other classes or ticks.
fn check_windows(card: &DecoderCard, dataset: &Dataset) -> Result<(), StartError> {
    if dataset.classes != card.classes {
        let (column, found) = (dataset.label_column.clone(), dataset.classes.clone());
        return Err(StartError::Classes { column, found, expected: card.classes.clone() });
    }
    if dataset.tick_ms != card.windows.tick_ms {
        return Err(StartError::Tick { found: dataset.tick_ms, expected: card.windows.tick_ms });
    }
    Ok(())
}

/// Of each unit found the channel of the decoder, and what they were matched by.
fn matched(
    trained: Option<&UnitIds>,
    found: Option<&UnitIds>,
    n_trained: usize,
    n_found: usize,
) -> Result<(MatchedBy, Vec<Option<usize>>), StartError> {
    if let (Some(trained), Some(found)) = (trained, found)
        && !(trained.number_rows && found.number_rows)
    {
        let places: HashMap<&String, usize> = trained.ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
        let channels: Vec<Option<usize>> = found.ids.iter().map(|id| places.get(id).copied()).collect();
        let n_matched = channels.iter().flatten().collect::<HashSet<_>>().len();
        // Numbers of rows are ids of others only if they are all of them.
        let tells = !trained.number_rows && !found.number_rows;
        if tells && n_matched == 0 {
            return Err(StartError::OtherUnits { found: n_found });
        }
        if tells || (n_matched == n_trained && n_matched == n_found) {
            return Ok((MatchedBy::Id, channels));
        }
    }
    if n_trained != n_found {
        return Err(StartError::Count { found: n_found, expected: n_trained });
    }
    Ok((MatchedBy::Row, (0..n_found).map(Some).collect()))
}

impl StartedFrom {
    /// Whether a person should look: no ids say which units are the same, or their rates say that they are not.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.by != MatchedBy::Id || self.rate_correlation.is_some_and(|correlation| correlation < LEAST_CORRELATION)
    }
}

impl std::fmt::Display for StartedFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { by, n_matched, n_new, n_gone, rate_correlation, .. } = self;
        let how = match by {
            MatchedBy::Id => "by id",
            MatchedBy::Row | MatchedBy::RowOtherIds => "by row only, since no ids tell",
        };
        write!(f, "{n_matched} units matched {how}, {n_new} new, {n_gone} gone")?;
        match rate_correlation {
            Some(correlation) => write!(f, "; correlation of their mean rates {correlation:.2}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str], number_rows: bool) -> UnitIds {
        UnitIds { ids: ids.iter().map(|&id| id.to_owned()).collect(), number_rows }
    }

    fn match_ids(trained: &UnitIds, found: &UnitIds) -> Result<(MatchedBy, Vec<Option<usize>>), StartError> {
        matched(Some(trained), Some(found), trained.ids.len(), found.ids.len())
    }

    #[test]
    fn units_are_matched_by_id_in_any_order_and_number() {
        let (trained, found) = (ids(&["7", "3", "12"], false), ids(&["12", "4", "7", "9"], false));
        assert_eq!(match_ids(&trained, &found), Ok((MatchedBy::Id, vec![Some(2), None, Some(0), None])));
        assert_eq!(match_ids(&trained, &ids(&["1", "2"], false)), Err(StartError::OtherUnits { found: 2 }));
    }

    #[test]
    fn ids_that_number_rows_match_as_many_rows() {
        let (rows, fewer) = (ids(&["0", "1", "2"], true), ids(&["0", "1"], true));
        assert_eq!(match_ids(&rows, &rows), Ok((MatchedBy::Row, vec![Some(0), Some(1), Some(2)])));
        assert_eq!(match_ids(&rows, &fewer), Err(StartError::Count { found: 2, expected: 3 }));
        let permuted = ids(&["2", "0", "1"], false);
        assert_eq!(match_ids(&rows, &permuted), Ok((MatchedBy::Id, vec![Some(2), Some(0), Some(1)])));
        assert_eq!(matched(None, Some(&permuted), 3, 3), Ok((MatchedBy::Row, vec![Some(0), Some(1), Some(2)])));
    }
}
