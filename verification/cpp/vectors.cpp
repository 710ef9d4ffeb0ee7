// A top with `clock`, `stimulus` and `response`: runs a cycle for every stimulus on standard input and writes the response after
// it to standard output. Both consist of 32-bit words, least significant first.
#include <cstdint>
#include <cstdio>
#include <unistd.h>

#include "Vtop.h"
#include "verilated.h"

int main() {
    std::FILE* const responses = fdopen(dup(1), "wb");
    if (responses == nullptr || dup2(2, 1) < 0) return 2;
    VerilatedContext context;
    Vtop top(&context, "");
    top.clock = 0;
    top.eval();
    while (std::fread(&top.stimulus, sizeof top.stimulus, 1, stdin) == 1) {
        top.eval();
        top.clock = 1;
        top.eval();
        top.clock = 0;
        top.eval();
        if (std::fwrite(&top.response, sizeof top.response, 1, responses) != 1) return 1;
    }
    std::fclose(responses);
    top.final();
    return 0;
}
