// A simulation of a board's pins. Requests on standard input: level of `rx`, cycles to run; answers on standard output: cycles
// that were run, level of `tx`. Their layouts are those of src/gates/pins.rs.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "Vtop.h"
#include "verilated.h"

struct __attribute__((packed)) Request {
    std::uint64_t n_cycles;
    std::uint8_t rx;
    std::uint8_t tx;
};

struct __attribute__((packed)) Answer {
    std::uint64_t n_cycles;
    std::uint8_t tx;
};

int main(int n_arguments, char** arguments) {
    // Messages of the simulation go to standard error; standard output carries answers only.
    std::FILE* const answers = fdopen(dup(1), "wb");
    if (n_arguments != 2 || answers == nullptr || dup2(2, 1) < 0) return 2;
    const int edges_per_cycle = std::atoi(arguments[1]);

    VerilatedContext context;
    // Memories without initial values start with random bits.
    context.randReset(2);
    context.randSeed(1);
    Vtop top(&context, "");
    top.oscillator = 0;
    top.rx = 1;
    top.eval();
    Request request;
    for (Answer answer{0, top.tx}; std::fwrite(&answer, sizeof answer, 1, answers) == 1 && std::fflush(answers) == 0;) {
        if (std::fread(&request, sizeof request, 1, stdin) != 1) break;
        top.rx = request.rx;
        for (answer.n_cycles = 0; answer.n_cycles < request.n_cycles && top.tx == request.tx; ++answer.n_cycles)
            for (int edge = 0; edge < edges_per_cycle; ++edge) {
                top.oscillator = !top.oscillator;
                top.eval();
            }
        answer.tx = top.tx;
    }
    top.final();
    return 0;
}
