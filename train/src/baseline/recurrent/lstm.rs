//! A tick of long short-term memory.
//!
//! ```text
//! i  = sigmoid(W_i x + U_i h + b_i)  input gate
//! f  = sigmoid(W_f x + U_f h + b_f)  forget gate
//! g  = tanh(W_g x + U_g h + b_g)     candidate
//! o  = sigmoid(W_o x + U_o h + b_o)  output gate
//! c' = f c + i g
//! h' = o tanh(c')
//! ```
//! Blocks lie in the order i, f, g, o.

use super::real::Real;

/// The block of the forget gate.
pub(super) const FORGET: usize = 1;

/// Replaces the pre-activations of one sample by the activations, and writes memory and hidden state.
#[inline(always)]
pub(super) fn forward<T: Real>(blocks: &mut [T], memory_before: &[T], memory: &mut [T], hidden: &mut [T]) {
    let n = hidden.len();
    let (input, rest) = blocks.split_at_mut(n);
    let (forget, rest) = rest.split_at_mut(n);
    let (candidate, output) = rest.split_at_mut(n);
    let (candidate, output) = (&mut candidate[..n], &mut output[..n]);
    let (memory_before, memory) = (&memory_before[..n], &mut memory[..n]);
    for j in 0..n {
        input[j] = input[j].sigmoid();
        forget[j] = forget[j].sigmoid();
        candidate[j] = candidate[j].tangent();
        output[j] = output[j].sigmoid();
        memory[j] = forget[j] * memory_before[j] + input[j] * candidate[j];
        hidden[j] = output[j] * memory[j].tangent();
    }
}

/// Replaces the activations of one sample by the derivatives of the loss by the pre-activations, the derivative by the memory
/// by that by the memory of the tick before, and that by the hidden state by 0: none of it goes straight to the one before.
#[inline(always)]
pub(super) fn backward<T: Real>(
    blocks: &mut [T],
    memory_before: &[T],
    memory: &[T],
    by_hidden: &mut [T],
    by_memory: &mut [T],
) {
    let n = by_hidden.len();
    let (input, rest) = blocks.split_at_mut(n);
    let (forget, rest) = rest.split_at_mut(n);
    let (candidate, output) = rest.split_at_mut(n);
    let (candidate, output) = (&mut candidate[..n], &mut output[..n]);
    let (memory_before, memory, by_memory) = (&memory_before[..n], &memory[..n], &mut by_memory[..n]);
    let one = T::one();
    for j in 0..n {
        let (i, f, g, o) = (input[j], forget[j], candidate[j], output[j]);
        let squashed = memory[j].tangent();
        let by_cell = by_memory[j] + by_hidden[j] * o * (one - squashed * squashed);
        input[j] = by_cell * g * i * (one - i);
        forget[j] = by_cell * memory_before[j] * f * (one - f);
        candidate[j] = by_cell * i * (one - g * g);
        output[j] = by_hidden[j] * squashed * o * (one - o);
        by_memory[j] = by_cell * f;
        by_hidden[j] = T::zero();
    }
}
