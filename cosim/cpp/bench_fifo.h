// A hand-written loop over the model of the queue, to compare the Rust API with in benches/cycles.rs.
#pragma once

#include <cstdint>

#include "Vfifo.h"
#include "verilated.h"

extern "C" std::uint64_t motorsrnn_bench_fifo(std::uint64_t n_cycles) {
    VerilatedContext context;
    Vfifo top(&context, "");
    top.clock = 0;
    top.eval();
    std::uint64_t sum = 0;
    for (std::uint64_t cycle = 0; cycle < n_cycles; ++cycle) {
        top.write = !top.full && cycle % 3 != 0;
        top.data_in = static_cast<std::uint16_t>(cycle);
        top.read = top.valid && cycle % 2 == 0;
        if (top.read) {
            sum += top.data_out;
        }
        top.clock = 1;
        top.eval();
        top.clock = 0;
        top.eval();
    }
    top.final();
    return sum;
}
