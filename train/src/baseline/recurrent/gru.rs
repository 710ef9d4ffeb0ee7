//! A tick of gated recurrent units.
//!
//! ```text
//! q  = U_q h + b_q                   recurrent part of the candidate
//! n  = tanh(W_n x + b_n + r q)       candidate
//! r  = sigmoid(W_r x + U_r h + b_r)  reset
//! z  = sigmoid(W_z x + U_z h + b_z)  update
//! h' = (1 - z) n + z h
//! ```
//! Blocks lie in the order n, r, z, q: the first three take the input, the last three the hidden state, each a whole run of
//! columns.

use std::ops::Range;

use super::real::Real;

pub(super) const INPUT_BLOCKS: Range<usize> = 0..3;
pub(super) const RECURRENT_BLOCKS: Range<usize> = 1..4;

/// Replaces the pre-activations of one sample by the activations, and writes the hidden state.
#[inline(always)]
pub(super) fn forward<T: Real>(blocks: &mut [T], before: &[T], hidden: &mut [T]) {
    let n = hidden.len();
    let (candidate, rest) = blocks.split_at_mut(n);
    let (reset, rest) = rest.split_at_mut(n);
    let (update, inner) = rest.split_at_mut(n);
    let (update, inner, before) = (&mut update[..n], &inner[..n], &before[..n]);
    for j in 0..n {
        reset[j] = reset[j].sigmoid();
        update[j] = update[j].sigmoid();
        candidate[j] = (candidate[j] + reset[j] * inner[j]).tangent();
        hidden[j] = candidate[j] + update[j] * (before[j] - candidate[j]);
    }
}

/// Replaces the activations of one sample by the derivatives of the loss by the pre-activations, and the derivative by the
/// hidden state by what of it goes straight to the state of the tick before.
#[inline(always)]
pub(super) fn backward<T: Real>(blocks: &mut [T], before: &[T], by_hidden: &mut [T]) {
    let n = by_hidden.len();
    let (candidate, rest) = blocks.split_at_mut(n);
    let (reset, rest) = rest.split_at_mut(n);
    let (update, inner) = rest.split_at_mut(n);
    let (update, inner, before) = (&mut update[..n], &mut inner[..n], &before[..n]);
    let one = T::one();
    for j in 0..n {
        let (c, r, z) = (candidate[j], reset[j], update[j]);
        let by_candidate = by_hidden[j] * (one - z) * (one - c * c);
        candidate[j] = by_candidate;
        reset[j] = by_candidate * inner[j] * r * (one - r);
        update[j] = by_hidden[j] * (before[j] - c) * z * (one - z);
        inner[j] = by_candidate * r;
        by_hidden[j] *= z;
    }
}
