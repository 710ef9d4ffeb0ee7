// A tick is one whole sweep over all neurons, begun when all earlier events and spikes have arrived, and ends with one `done`; a
// restart is two sweeps that clear, one of each bank. Between a start and its sweep no event is accepted, and an accepted event
// goes to all lanes at once. The outputs of lanes are free; once they are idle, a tick takes no longer than its neurons and
// readouts and a few cycles. Seen from the last lane.
module proof(
    input clock, input [15:0] n_channels, channel, input event_valid, start, restart, forget, write, reading,
    input [3:0] score_class, input [1:0] write_kind, read_kind, input [7:0] write_lane, read_lane,
    input [15:0] write_address, write_data, read_address
);
    localparam LANES = `LANES, NEURONS = `NEURONS, READOUTS = `READOUTS, OVERHEAD = `OVERHEAD,
        LATENCY = `LATENCY;

    // Sizes of the network, which are constant.
    (* anyconst *) wire [15:0] n_neurons;
    (* anyconst *) wire [7:0] n_readouts;
    always @(*) assume (n_neurons >= 1 && n_neurons <= LANES * NEURONS && n_readouts >= 1 && n_readouts <= READOUTS);

    wire event_ready, busy, done, delivering;
    `BLOCK dut(
        .clock(clock), .n_channels(n_channels), .n_neurons(n_neurons), .n_readouts(n_readouts), .channel(channel),
        .event_valid(event_valid), .event_ready(event_ready), .start(start), .restart(restart), .busy(busy), .done(done),
        .score_class(score_class), .delivering(delivering), .forget(forget), .write(write), .write_kind(write_kind),
        .write_lane(write_lane), .write_address(write_address), .write_data(write_data), .reading(reading),
        .read_kind(read_kind), .read_lane(read_lane), .read_address(read_address)
    );
    (* hierconn *) wire \dut.lanes$LANE$idle ;
    (* hierconn *) wire \dut.lanes$LANE$event_ready ;
    (* hierconn *) wire \dut.lanes$LANE$event_valid ;
    (* hierconn *) wire \dut.lanes$LANE$bank ;
    (* hierconn *) wire \dut.lanes$LANE$sweep ;
    (* hierconn *) wire [7:0] \dut.lanes$LANE$sweep_index ;
    (* hierconn *) wire \dut.lanes$LANE$sweep_exists ;
    (* hierconn *) wire \dut.lanes$LANE$clear ;
    wire bank = \dut.lanes$LANE$bank ;
    wire sweep = \dut.lanes$LANE$sweep ;
    wire [15:0] neuron = \dut.lanes$LANE$sweep_index * LANES + (LANES - 1);

    // The properties of a lane: it stays idle until it is given something, and spikes come LATENCY cycles after a sweep.
    (* hierconn *) wire \dut.lanes$LANE$spikes_valid ;
    wire given = \dut.lanes$LANE$event_valid || \dut.lanes$LANE$spikes_valid ;
    reg was_idle = 0;
    reg [LATENCY:1] swept = 0;
    always @(posedge clock) begin
        was_idle <= \dut.lanes$LANE$idle ;
        swept <= {swept, sweep};
    end
    always @(*) begin
        assume (!was_idle || given || \dut.lanes$LANE$idle );
        assume (!\dut.lanes$LANE$spikes_valid || swept[LATENCY]);
    end

    reg has_begun = 0;
    always @(posedge clock) has_begun <= 1;
    always @(*) begin
        assume (!(start && restart));
        assume (!(start || restart) || (!busy && has_begun));
    end

    reg ticking = 0, restarting = 0;
    // Complete sweeps, and indices of the current one; cycles since the first sweep began.
    reg [1:0] sweeps = 0;
    reg [8:0] indices = 0;
    reg [9:0] cycles = 0;
    wire [15:0] last_index = (n_neurons - 1) / LANES;
    wire ends = sweep && indices == last_index;
    wire job = ticking || restarting;
    always @(posedge clock) begin
        indices <= sweep && !ends ? indices + 1 : 0;
        if (ends) sweeps <= sweeps + 1;
        cycles <= sweeps != 0 || sweep ? cycles + 1 : 0;
        if (done) ticking <= 0;
        if (!busy) restarting <= 0;
        if (start || restart) begin
            sweeps <= 0;
            cycles <= 0;
            ticking <= start;
            restarting <= restart;
        end
    end
    // Cycles without progress, neither delivering nor sweeping.
    reg [5:0] stops = 0;
    always @(posedge clock) stops <= busy && !sweep && !delivering ? stops + 1 : 0;
    // The previous cycle.
    reg last_bank = 0, last_idle = 0, last_sweep = 0, last_start = 0;
    always @(posedge clock) begin
        last_bank <= bank;
        last_idle <= \dut.lanes$LANE$idle && !delivering;
        last_sweep <= sweep;
        last_start <= start || restart;
    end
    wire turns = bank != last_bank;

    always @(*) begin
        banks_turn_when_all_has_arrived: assert (!turns || last_idle);
        a_sweep_begins_when_the_banks_turn: assert (turns == (sweep && !last_sweep));
        a_sweep_goes_through_all: assert (!sweep || \dut.lanes$LANE$sweep_index == indices);
        and_has_no_gap: assert (indices == 0 || sweep);
        a_neuron_that_there_is_exists: assert (!sweep || \dut.lanes$LANE$sweep_exists == (neuron < n_neurons));
        no_sweep_for_nothing: assert (!sweep || job);
        only_a_restart_clears: assert (!sweep || \dut.lanes$LANE$clear == restarting);
        one_sweep_a_tick: assert (!ticking || sweeps <= 1);
        two_a_restart: assert (!restarting || (sweeps <= 2 && (busy || sweeps == 2)));
        done_once_after_it: assert (!done || (ticking && sweeps == 1 && !sweep));
        busy_until_then: assert (busy == (ticking || (restarting && busy)) && (!last_start || busy));
        no_event_between_start_and_sweep: assert (!event_ready || !(job && busy && sweeps == 0 && !sweep));
        an_event_goes_to_all: assert (!\dut.lanes$LANE$event_valid || \dut.lanes$LANE$event_ready );
        it_ends: assert (!ticking || cycles <= NEURONS + READOUTS + OVERHEAD);
        it_never_stops: assert (stops < READOUTS + 10);
        a_tick_ends: cover (done && last_index == 2);
        a_restart_ends: cover (restarting && !busy && last_index == 1);
    end

`ifdef INDUCTION
    localparam IDLE = 0, DRAINING = 1, SWEEPING = 2, SETTLING = 3, DECIDING = 4;
    (* hierconn *) wire [2:0] \dut.phase$q ;
    (* hierconn *) wire [2:0] \dut.settling$q ;
    (* hierconn *) wire \dut.clearing$q ;
    (* hierconn *) wire \dut.drained$q ;
    (* hierconn *) wire \dut.second_bank$q ;
    (* hierconn *) wire [7:0] \dut.index$q ;
    (* hierconn *) wire [7:0] \dut.last_index$q ;
    (* hierconn *) wire \dut.readout.asking$q ;
    (* hierconn *) wire [7:0] \dut.readout.at$q ;
    (* hierconn *) wire \dut.readout.compares$q ;
    (* hierconn *) wire \dut.readout.ended$q ;
    wire [2:0] phase = \dut.phase$q ;
    wire [9:0] settled = last_index + 7;
    wire [9:0] deciding = cycles - settled;
    always @(*) begin
        assert (phase <= DECIDING && busy == (phase != IDLE));
        assert (has_begun || !busy);
        if (has_begun) assert (\dut.last_index$q == last_index);
        assert (!ticking || busy);
        assert (!busy || (job && \dut.clearing$q == restarting));
        assert (!ticking || !restarting);
        if (phase == IDLE) assert (indices == 0 && (!restarting || sweeps == 2));
        if (phase == DRAINING) assert (indices == 0 && sweeps == \dut.second_bank$q && (ticking ? sweeps == 0 : 1));
        if (phase == SWEEPING) assert (\dut.index$q == indices && indices <= last_index && sweeps == \dut.second_bank$q );
        if (phase == SETTLING) assert (indices == 0 && sweeps == \dut.second_bank$q + 1 && \dut.settling$q <= 5);
        if (ticking) begin
            assert (!\dut.second_bank$q );
            if (phase == SWEEPING) assert (cycles == indices);
            if (phase == SETTLING) assert (cycles == last_index + 1 + \dut.settling$q );
        end
        if (phase == DECIDING) assert (ticking && indices == 0 && sweeps == 1 && deciding <= n_readouts + 1);
        assert (\dut.readout.asking$q == (phase == DECIDING && deciding < n_readouts));
        assert (!\dut.readout.asking$q || \dut.readout.at$q == deciding);
        assert (\dut.readout.compares$q == (phase == DECIDING && deciding >= 1 && deciding <= n_readouts));
        assert (\dut.readout.ended$q == (phase == DECIDING && deciding == n_readouts + 1));
        if (phase == DRAINING) assert (stops <= (sweeps == 0 ? 0 : 6));
        if (phase == SWEEPING) assert (stops <= (indices == 0 ? 7 : 0));
        if (phase == SETTLING) assert (stops <= \dut.settling$q );
        if (phase == DECIDING) assert (stops <= 6 + deciding);
        if (phase == IDLE || phase == DRAINING || phase == DECIDING) assert (swept == 0);
        if (phase == SETTLING) assert (!(swept << (LATENCY - \dut.settling$q )));
        assert (\dut.drained$q || !was_idle || LANES != 1);
        assert (!\dut.drained$q || was_idle);
        // The previous cycle.
        if (last_sweep) assert (phase == SWEEPING ? indices != 0 : phase == SETTLING);
        if (sweep && !last_sweep) assert (indices == 0 && turns);
    end
`endif
`ifdef COVER
    always @(*) assume (!delivering || !busy);
`endif
endmodule
