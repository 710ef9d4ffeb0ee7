//! The sessions and the networks that are part of the program.

use std::path::{Path, PathBuf};

use model::TickError;
use model::network::Network;
use recording::{Dataset, Recording, Stream};
use spec::core::CoreConfiguration;
use spec::digest::sha256_hex;
use spec::image::NetworkImage;
use train::DecoderCard;
use train::movement::{MovementCard, MovementDecoder, runs};

use crate::failure::Failure;

const SESSION: &[u8] = include_bytes!("../../examples/centre_out.nwb");
const SESSION_NAME: &str = "examples/centre_out.nwb";
const IMAGE: &[u8] = include_bytes!("../../examples/decoder.img");
const CARD: &str = include_str!("../../examples/decoder.img.json");
const CARD_NAME: &str = "examples/decoder.img.json";
const REACH_SESSION: &[u8] = include_bytes!("../../examples/reach.nwb");
const REACH_SESSION_NAME: &str = "examples/reach.nwb";
const REACH_IMAGE: &[u8] = include_bytes!("../../examples/reach.img");
const REACH_IMAGE_NAME: &str = "examples/reach.img";
const REACH_CARD: &str = include_str!("../../examples/reach.img.json");

/// The shipped decoder, and the windows of the shipped session that were held out from its training.
#[derive(Clone, Debug)]
pub struct Shipped {
    network: Network,
    /// How it was trained, and its accuracy.
    pub card: DecoderCard,
    /// The windows, by trial.
    pub windows: Vec<Window>,
}

/// A window of the shipped session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The trial, a row of the recording's table.
    pub trial: usize,
    /// Its class.
    pub class: usize,
    /// For each tick the channels with a spike, ascending.
    pub ticks: Vec<Vec<u16>>,
}

/// The shipped decoder laid out for a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The network.
    pub image: NetworkImage,
    /// The weakest synapses, as many as do not fit and are left out.
    pub n_left_out: usize,
}

/// The most work of any tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaviestTick {
    /// Input events.
    pub events: usize,
    /// Synaptic events of the busiest lane.
    pub busiest_lane_events: u32,
}

impl Shipped {
    /// Reads both.
    ///
    /// # Errors
    /// None, unless the program was built with broken examples.
    pub fn read() -> Result<Self, Failure> {
        let image = NetworkImage::decode(IMAGE).map_err(Failure::input)?;
        let card = DecoderCard::parse(PathBuf::from(CARD_NAME), CARD, &sha256_hex(IMAGE)).map_err(Failure::input)?;
        let refuse = |error| Failure::recording(Path::new(SESSION_NAME), &error);
        let recording = Recording::from_nwb(SESSION_NAME, SESSION).map_err(refuse)?;
        let dataset = Dataset::cut(&recording, &card.windows).map_err(refuse)?;
        let primary = dataset.primary_samples().into_iter().map(|index| &dataset.samples[index]);
        let held_out = primary.filter(|sample| card.held_out_trials.contains(&sample.trial));
        let windows = held_out
            .map(|sample| Window { trial: sample.trial, class: sample.class, ticks: sample.ticks.clone() })
            .collect();
        Ok(Self { network: Network::of(&image), card, windows })
    }

    /// The decoder laid out for a core; none if it has too many neurons, channels or classes for it.
    #[must_use]
    pub fn on(&self, core: &CoreConfiguration) -> Option<Fitted> {
        fit(&self.network, core)
    }

    /// The maximum over all ticks, for each kind of work.
    ///
    /// # Errors
    /// None, unless a window has channels that the network does not have.
    pub fn heaviest_tick(&self, image: &NetworkImage) -> Result<HeaviestTick, TickError> {
        let mut core = model::Core::of(image);
        let mut heaviest = HeaviestTick::default();
        for window in &self.windows {
            core.restart();
            let mut spikes: Vec<u16> = Vec::new();
            for channels in &window.ticks {
                let rows = channels.iter().copied().chain(spikes.iter().map(|neuron| image.n_channels + neuron));
                let rows: Vec<usize> = rows.map(usize::from).collect();
                let events_on =
                    |row_ptr: &[u16]| rows.iter().map(|row| u32::from(row_ptr[row + 1] - row_ptr[*row])).sum();
                let busiest = image.lanes.iter().map(|lane| events_on(&lane.row_ptr)).max().unwrap_or(0);
                heaviest.events = heaviest.events.max(channels.len());
                heaviest.busiest_lane_events = heaviest.busiest_lane_events.max(busiest);
                spikes = core.tick(channels)?.spikes.to_vec();
            }
        }
        Ok(heaviest)
    }
}

/// The shipped network that runs free, and the ticks of its session that were held out from its training.
#[derive(Clone, Debug)]
pub struct ShippedMovement {
    network: Network,
    /// How it was trained.
    pub card: MovementCard,
    /// For each tick the channels with a spike, ascending; from a restart on.
    pub ticks: Vec<Vec<u16>>,
}

impl ShippedMovement {
    /// Reads both.
    ///
    /// # Errors
    /// None, unless the program was built with broken examples.
    pub fn read() -> Result<Self, Failure> {
        let decoder = MovementDecoder::parse(Path::new(REACH_IMAGE_NAME), REACH_IMAGE.to_vec(), REACH_CARD)
            .map_err(Failure::input)?;
        let card = decoder.card().clone();
        let refuse = |error| Failure::recording(Path::new(REACH_SESSION_NAME), &error);
        let recording = Recording::from_nwb(REACH_SESSION_NAME, REACH_SESSION).map_err(refuse)?;
        let units = card.selection().choose(&recording).map_err(refuse)?.units;
        let stream = Stream::of_spikes(&recording, &units, &card.stream).map_err(refuse)?;
        let held_out = decoder.held_out(&recording.identity(), &stream).map_err(Failure::input)?;
        let ticks = runs(&stream, &held_out).into_iter().flat_map(|run| run.ticks);
        let ticks = ticks.map(|tick| stream.tick(tick).to_vec()).collect();
        Ok(Self { network: Network::of(decoder.network()), card, ticks })
    }

    /// The network laid out for a core; none if it has too many neurons, channels or readouts for it.
    #[must_use]
    pub fn on(&self, core: &CoreConfiguration) -> Option<Fitted> {
        fit(&self.network, core)
    }
}

fn fit(network: &Network, core: &CoreConfiguration) -> Option<Fitted> {
    let mut network = network.clone();
    let n_left_out = network.leave_out_weakest(core.lanes, core.synapse_words_per_lane);
    let image = network.lay_out(core.lanes);
    core.accommodates(&image.requirement()).is_ok().then_some(Fitted { image, n_left_out })
}

#[cfg(test)]
mod tests {
    use spec::core::{CORES, GOWIN};
    use spec::digest::ScoresDigest;

    use super::*;

    /// The scores hash, and the accuracy.
    fn decode(shipped: &Shipped, image: &NetworkImage) -> (String, f64) {
        let mut core = model::Core::from_image(&image.encode().unwrap()).unwrap();
        let mut digest = ScoresDigest::default();
        let mut n_right = 0;
        for window in &shipped.windows {
            core.restart();
            let mut class = 0;
            for channels in &window.ticks {
                let outcome = core.tick(channels).unwrap();
                digest.add_tick(outcome.scores);
                class = usize::from(outcome.class);
            }
            n_right += usize::from(class == window.class);
        }
        (digest.hex(), n_right as f64 / shipped.windows.len() as f64)
    }

    #[test]
    fn the_shipped_decoder_gives_the_scores_of_its_card_on_every_core_that_it_fits() {
        let shipped = Shipped::read().unwrap();
        assert!(shipped.windows.len() >= 20);
        let mut n_whole = 0;
        for core in CORES {
            let Fitted { image, n_left_out } = shipped.on(&core.configuration).unwrap();
            let (scores_hash, accuracy) = decode(&shipped, &image);
            if n_left_out == 0 {
                n_whole += 1;
                assert_eq!(scores_hash, shipped.card.report.scores_hash, "{}", core.name);
            }
            assert!(accuracy > 0.9, "{}: {accuracy}, {n_left_out} synapses left out", core.name);
        }
        assert!(n_whole >= 3);
    }

    #[test]
    fn the_shipped_network_that_runs_free_gives_the_scores_of_its_card_on_every_core() {
        let shipped = ShippedMovement::read().unwrap();
        assert!(shipped.ticks.len() > 2000);
        for core in CORES {
            let Fitted { image, n_left_out } = shipped.on(&core.configuration).unwrap();
            assert_eq!(n_left_out, 0, "{}", core.name);
            let mut model = model::Core::of(&image);
            let mut digest = ScoresDigest::default();
            for channels in &shipped.ticks {
                digest.add_tick(model.tick(channels).unwrap().scores);
            }
            assert_eq!(digest.hex(), shipped.card.report.scores_hash, "{}", core.name);
        }
    }

    #[test]
    fn a_core_too_small_for_all_synapses_keeps_the_strongest() {
        let shipped = Shipped::read().unwrap();
        let core = GOWIN.configuration;
        let Fitted { image, n_left_out } = shipped.on(&core).unwrap();
        assert_eq!(image.n_synapses(), usize::from(core.synapse_words_per_lane));
        assert_eq!(shipped.network.synapses.len() - n_left_out, image.n_synapses());
        let weakest = image.lanes[0].synapses.iter().map(|synapse| synapse.weight.unsigned_abs()).min().unwrap();
        let as_weak = |weight: i8| weight.unsigned_abs() <= weakest;
        assert!(shipped.network.synapses.iter().filter(|synapse| as_weak(synapse.weight)).count() >= n_left_out);
    }

    #[test]
    fn a_core_with_too_few_neurons_has_no_decoder() {
        let shipped = Shipped::read().unwrap();
        assert_eq!(shipped.on(&CoreConfiguration { neurons_per_lane: 100, ..GOWIN.configuration }), None);
    }

    #[test]
    fn more_lanes_have_less_work_each() {
        let shipped = Shipped::read().unwrap();
        let heaviest =
            |core: usize| shipped.heaviest_tick(&shipped.on(&CORES[core].configuration).unwrap().image).unwrap();
        let [one, four, eight] = [0, 1, 2].map(heaviest);
        assert_eq!((one.events, four.events), (four.events, eight.events));
        assert!(one.busiest_lane_events > 2 * four.busiest_lane_events, "{one:?} {four:?}");
        assert!(four.busiest_lane_events > eight.busiest_lane_events, "{four:?} {eight:?}");
    }
}
