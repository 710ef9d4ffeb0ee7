//! Initial values of a recurrent network.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Cell, RecurrentParameters, RecurrentSizes, lstm};

pub(super) fn draw(cell: Cell, sizes: RecurrentSizes, seed: u64) -> RecurrentParameters<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut parameters = RecurrentParameters::zeros(cell, sizes);
    let bound = 1.0 / (sizes.n_hidden as f32).sqrt();
    for group in parameters.groups_mut() {
        group.fill_with(|| rng.random_range(-bound..bound));
    }
    if cell == Cell::Lstm {
        // Memory that is kept from the start: Jozefowicz, Zaremba and Sutskever 2015.
        let forget = lstm::FORGET * sizes.n_hidden..(lstm::FORGET + 1) * sizes.n_hidden;
        parameters.bias[forget].fill(1.0);
    }
    parameters
}
