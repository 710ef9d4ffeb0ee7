// The interface of a Verilator model to Rust, the same for every top module. src/ffi.rs has the same layouts.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "verilated.h"
#include "verilated_vcd_c.h"
#if VM_COVERAGE
#include <atomic>
#include <unistd.h>

#include "verilated_cov.h"
#endif

struct Port {
    void* at;
    std::uint64_t bytes;
};

struct Functions {
    void* (*create)();
    void (*destroy)(void*);
    void (*ports)(void*, Port*);
    void (*evaluate)(void*);
    void (*half_cycle)(void*, std::uint8_t);
    void (*step)(void*, std::uint64_t);
    std::uint64_t (*step_while)(void*, std::uint64_t, const std::uint8_t*, std::uint8_t);
    void (*open_trace)(void*, const char*, std::uint64_t);
    void (*flush_trace)(void*);
    void (*close_trace)(void*);
    std::int32_t (*trace_error)(void*);
};

// Verilator ends the process when a waveform cannot be written. This class keeps the first error and ignores later writes.
class TraceFile final : public VerilatedVcdFile {
    int first_error = 0;

public:
    bool open(const std::string& path) override {
        const bool is_open = VerilatedVcdFile::open(path);
        first_error = is_open ? 0 : errno;
        return is_open;
    }

    ssize_t write(const char* bytes, ssize_t n_bytes) override {
        if (first_error != 0) {
            return n_bytes;
        }
        const ssize_t n_written = VerilatedVcdFile::write(bytes, n_bytes);
        if (n_written >= 0 || errno == EINTR) {
            return n_written;
        }
        first_error = errno;
        return n_bytes;
    }

    int error() const { return first_error; }
};

// In models with faults of build/instrument.rs, enables the fault that the environment names.
template <class Top>
auto choose_fault(Top& top, int) -> decltype(static_cast<void>(top.mutsel)) {
    const char* const number = std::getenv("MOTORSRNN_MUTANT");
    top.mutsel = number == nullptr ? 0 : std::atoi(number);
}

template <class Top>
void choose_fault(Top&, long) {}

#if VM_COVERAGE
// In models with counters of build/instrument.rs, each instance writes them to a file.
inline void write_counters(VerilatedContext& context) {
    static std::atomic<unsigned> number{0};
    if (const char* const folder = std::getenv("MOTORSRNN_COVERAGE")) {
        const std::string name = std::string(folder) + "/" + std::to_string(getpid()) + "-" + std::to_string(number++);
        context.coveragep()->write((name + ".part").c_str());
        // Renamed when complete, as readers take every .dat file.
        std::rename((name + ".part").c_str(), (name + ".dat").c_str());
    }
}
#endif

template <class Top>
class Simulation {
    VerilatedContext context;
    Top top;
    TraceFile trace_file;
    std::unique_ptr<VerilatedVcdC> trace;
    std::uint64_t time = 0;
    std::uint64_t half_period = 0;

    static VerilatedContext* traceable(VerilatedContext& context) {
        // Required before the model exists, or no trace can be opened later.
        context.traceEverOn(true);
        return &context;
    }

    void half(std::uint8_t level) {
        top.clock = level;
        top.eval();
        if (trace) {
            time += half_period;
            trace->dump(time);
        }
    }

public:
    // The first evaluation only settles: a high clock in it would not count as an edge.
    Simulation() : top(traceable(context), "") {
        choose_fault(top, 0);
        top.clock = 0;
        top.eval();
    }

    ~Simulation() {
        close_trace(this);
        top.final();
#if VM_COVERAGE
        write_counters(context);
#endif
    }

    static Simulation& of(void* self) { return *static_cast<Simulation*>(self); }
    static Top& top_of(void* self) { return of(self).top; }
    static void* create() { return new Simulation; }
    static void destroy(void* self) { delete &of(self); }
    static void evaluate(void* self) { top_of(self).eval(); }
    static void half_cycle(void* self, std::uint8_t level) { of(self).half(level); }

    static void step(void* self, std::uint64_t n_cycles) {
        Simulation& simulation = of(self);
        if (simulation.trace) {
            for (std::uint64_t cycle = 0; cycle < n_cycles; ++cycle) {
                simulation.half(1);
                simulation.half(0);
            }
            return;
        }
        Top& top = simulation.top;
        for (std::uint64_t cycle = 0; cycle < n_cycles; ++cycle) {
            top.clock = 1;
            top.eval();
            top.clock = 0;
            top.eval();
        }
    }

    static std::uint64_t step_while(void* self, std::uint64_t n_cycles, const std::uint8_t* port, std::uint8_t value) {
        std::uint64_t cycle = 0;
        for (; cycle < n_cycles && *port == value; ++cycle) {
            of(self).half(1);
            of(self).half(0);
        }
        return cycle;
    }

    static void open_trace(void* self, const char* path, std::uint64_t half_period_ps) {
        Simulation& simulation = of(self);
        close_trace(self);
        auto trace = std::make_unique<VerilatedVcdC>(&simulation.trace_file);
        trace->set_time_unit("1ps");
        trace->set_time_resolution("1ps");
        simulation.top.trace(trace.get(), 99);
        trace->open(path);
        if (!trace->isOpen()) {
            return;
        }
        simulation.time = 0;
        simulation.half_period = half_period_ps;
        trace->dump(0);
        simulation.trace = std::move(trace);
    }

    static void flush_trace(void* self) {
        if (of(self).trace) {
            of(self).trace->flush();
        }
    }

    static void close_trace(void* self) {
        Simulation& simulation = of(self);
        if (simulation.trace) {
            simulation.trace->close();
            simulation.trace.reset();
        }
    }

    static std::int32_t trace_error(void* self) { return of(self).trace_file.error(); }
};

// The entry of one top module, with its ports in the order of the generated Rust.
#define MOTORSRNN_TOP(name, Top, ...)                                                                    \
    namespace {                                                                                          \
    void name##_ports(void* self, Port* out) {                                                           \
        Top& top = Simulation<Top>::top_of(self);                                                        \
        (void)top;                                                                                       \
        const Port ports[] = {__VA_ARGS__};                                                              \
        for (const Port& port : ports) *out++ = port;                                                    \
    }                                                                                                    \
    }                                                                                                    \
    extern "C" {                                                                                         \
    extern const Functions motorsrnn_##name;                                                             \
    const Functions motorsrnn_##name = {Simulation<Top>::create,      Simulation<Top>::destroy,          \
                                        name##_ports,                 Simulation<Top>::evaluate,         \
                                        Simulation<Top>::half_cycle,  Simulation<Top>::step,             \
                                        Simulation<Top>::step_while,  Simulation<Top>::open_trace,       \
                                        Simulation<Top>::flush_trace, Simulation<Top>::close_trace,      \
                                        Simulation<Top>::trace_error};                                   \
    }

#define MOTORSRNN_PORT(port) \
    Port { &top.port, sizeof(top.port) }
