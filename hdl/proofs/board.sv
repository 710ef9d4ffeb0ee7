// Only frames that the link has kept are executed, each at most once and in order; every frame is answered once, or its kept
// answer is sent again, and is then released. The assumptions of the blocks below hold. And the board makes progress: however
// long the blocks take, a frame costs it at most `CYCLES_MAX` cycles in which it waits for none of them.
//
// Command decoder and sequencer are real; of the other blocks only the properties of their own proofs are assumed.
module proof(input clock, input rx);
    localparam REPLAY = `REPLAY_FRAMES, WORDS_MAX = `WORDS_MAX, LENGTH_MAX = `BYTES_MAX, CYCLES_MAX = 530;
    localparam READ = 3, NACK = 9;

    wire tx, loaded, ticked, link_error;
    `BLOCK dut(.clock(clock), .rx(rx), .tx(tx), .loaded(loaded), .ticked(ticked), .link_error(link_error));

    (* hierconn *) wire \dut.link$frame_valid ;
    (* hierconn *) wire [7:0] \dut.link$frame_length ;
    (* hierconn *) wire \dut.link$composing ;
    (* hierconn *) wire \dut.link$take ;
    (* hierconn *) wire \dut.link$resend ;
    (* hierconn *) wire [3:0] \dut.link$resend_slot ;
    (* hierconn *) wire \dut.composer$start ;
    (* hierconn *) wire \dut.composer$done ;
    (* hierconn *) wire [3:0] \dut.composer$shape ;
    (* hierconn *) wire [3:0] \dut.composer$slot ;
    (* hierconn *) wire [7:0] \dut.composer$number ;
    (* hierconn *) wire [7:0] \dut.composer$opcode ;
    (* hierconn *) wire [7:0] \dut.composer$n_words ;
    (* hierconn *) wire \dut.event_reader$start ;
    (* hierconn *) wire \dut.event_reader$done ;
    (* hierconn *) wire \dut.event_reader$bad_channel ;
    (* hierconn *) wire \dut.event_reader$bad_order ;
    (* hierconn *) wire \dut.event_reader$event_valid ;
    (* hierconn *) wire \dut.memory_reader$start ;
    (* hierconn *) wire \dut.memory_reader$done ;
    (* hierconn *) wire \dut.core$start ;
    (* hierconn *) wire \dut.core$restart ;
    (* hierconn *) wire \dut.core$busy ;
    (* hierconn *) wire \dut.core$done ;
    (* hierconn *) wire \dut.core$delivering ;
    (* hierconn *) wire \dut.core$forget ;
    (* hierconn *) wire \dut.counters$tick ;
    (* hierconn *) wire \dut.counters$busy ;
    (* hierconn *) wire \dut.counters$restart ;
    (* hierconn *) wire \dut.loader$first ;
    (* hierconn *) wire \dut.loader$data_valid ;
    (* hierconn *) wire \dut.sequencer$keep ;
    (* hierconn *) wire \dut.sequencer$synchronize ;
    (* hierconn *) wire \dut.sequencer$synchronized ;
    (* hierconn *) wire [7:0] \dut.sequencer$expected ;
    (* hierconn *) wire [7:0] \dut.decoder$number ;
    (* hierconn *) wire \dut.decoder$is_tick ;
    wire frame_valid = \dut.link$frame_valid , take = \dut.link$take , resend = \dut.link$resend ;
    wire answer = \dut.composer$start , answered = \dut.composer$done ;
    wire read_events = \dut.event_reader$start , read_memory = \dut.memory_reader$start ;
    wire events_end = \dut.event_reader$done || \dut.event_reader$bad_channel || \dut.event_reader$bad_order ;
    wire tick = \dut.core$start , restart = \dut.core$restart ;
    wire load = \dut.loader$first || \dut.loader$data_valid ;
    wire core_works = \dut.core$busy || \dut.core$delivering ;
    wire executes = tick || restart || load || read_events || read_memory;

    // The state of each block.
    reg answering = 0, answers_frame = 0, reading_events = 0, reading_memory = 0, ticking = 0, restarting = 0;
    // Of the current frame.
    reg [1:0] n_answers = 0, n_ticks = 0;
    reg was_executed = 0, was_greeted = 0;
    // The previous cycle.
    reg had_frame = 0, had_answer = 0, had_restart = 0, had_core_works = 0, had_event = 0;
    reg [7:0] last_length = 0, last_number = 0, last_opcode = 0;
    reg [3:0] last_shape = 0, last_slot = 0;
    always @(posedge clock) begin
        if (answered) answering <= 0;
        if (answer) begin
            answering <= 1;
            answers_frame <= frame_valid;
        end
        reading_events <= read_events || (reading_events && !events_end);
        reading_memory <= read_memory || (reading_memory && !\dut.memory_reader$done );
        ticking <= tick || (ticking && !\dut.core$done );
        restarting <= restart || (restarting && \dut.core$busy );
        n_answers <= take ? 0 : n_answers + ((answer && frame_valid && n_answers != 3) || resend);
        n_ticks <= take ? 0 : n_ticks + (tick && n_ticks != 3);
        was_executed <= !take && (was_executed || executes);
        was_greeted <= !take && (was_greeted || \dut.sequencer$synchronize );
        had_frame <= frame_valid && !take;
        had_answer <= answering && !answered;
        had_restart <= restart;
        had_core_works <= core_works || tick || restart;
        had_event <= \dut.event_reader$event_valid ;
        {last_length, last_number, last_opcode} <= {\dut.link$frame_length , \dut.composer$number , \dut.composer$opcode };
        {last_shape, last_slot} <= {\dut.composer$shape , \dut.composer$slot };
    end

    // The properties of the blocks.
    always @(*) begin
        assume (!had_frame || (frame_valid && \dut.link$frame_length == last_length));
        assume (\dut.link$frame_length >= 2 && \dut.link$frame_length <= LENGTH_MAX);
        assume (!answered || answering);
        assume (!events_end || reading_events);
        assume (!\dut.event_reader$event_valid || reading_events);
        assume (!\dut.memory_reader$done || reading_memory);
        assume (!\dut.core$done || ticking);
        assume (\dut.core$busy == (ticking || (restarting && \dut.core$busy )) && (!had_restart || \dut.core$busy ));
        assume (!\dut.core$delivering || had_core_works || had_event);
    end

    // Cycles of the frame in which the board waits for no block.
    wire waits = (answering && !answered) || (reading_events && !events_end) || (reading_memory && !\dut.memory_reader$done )
        || core_works || \dut.counters$busy || (\dut.link$composing && !answering);
    reg [9:0] cycles = 0;
    always @(posedge clock) cycles <= take ? 0 : cycles + (frame_valid && !waits);

    always @(*) begin
        nothing_without_a_frame: assert (!(executes || \dut.sequencer$synchronize || \dut.sequencer$keep || \dut.counters$tick
            || \dut.counters$restart || \dut.core$forget || take || resend) || frame_valid);
        executed_in_its_turn: assert (!executes
            || (\dut.sequencer$synchronized && \dut.decoder$number == \dut.sequencer$expected ));
        a_tick_for_a_tick: assert (!tick || (\dut.decoder$is_tick && n_ticks == 0));
        kept_if_executed: assert (!take || \dut.sequencer$keep || !was_executed);
        kept_once_and_in_its_turn: assert (!\dut.sequencer$keep || (take && answers_frame && !resend
            && \dut.sequencer$synchronized && \dut.decoder$number == \dut.sequencer$expected ));
        done_with_when_answered: assert (take == (resend || (answered && answers_frame)));
        one_answer_a_frame: assert (n_answers <= 1 && (!take || n_answers + resend == 1));
        sent_again_only_if_nothing_was_done: assert (!resend
            || (!was_executed && !was_greeted && !answering && !\dut.link$composing ));
        sent_again_from_its_own_slot: assert (!resend || \dut.link$resend_slot < REPLAY);
        one_answer_at_a_time: assert (!answer || !answering);
        answers_stand_still: assert (!(answering && had_answer) || (\dut.composer$shape == last_shape
            && \dut.composer$slot == last_slot && \dut.composer$number == last_number && \dut.composer$opcode == last_opcode));
        slots_exist: assert (\dut.composer$slot <= REPLAY);
        reads_fit_in_a_frame: assert (!answering || \dut.composer$shape != READ || \dut.composer$n_words <= WORDS_MAX);
        the_core_is_started_when_it_is_still: assert (!(tick || restart) || !\dut.core$busy );
        memories_are_written_when_it_is_still: assert (!load || !(core_works || \dut.event_reader$event_valid ));
        one_thing_at_a_time: assert (!read_events || !reading_events);
        one_read_at_a_time: assert (!read_memory || !reading_memory);
        it_goes_on: assert (cycles <= CYCLES_MAX);
        a_tick_is_executed: cover (take && \dut.sequencer$keep && n_ticks == 1);
        a_frame_is_sent_again: cover (resend && \dut.sequencer$synchronized );
    end

`ifdef COVER
    // A conversation: hello, an image of one word, a tick, and the tick again; every block answers immediately.
    (* hierconn *) wire [7:0] \dut.link$read_address ;
    (* hierconn *) wire [7:0] \dut.link$read_data ;
    (* hierconn *) wire \dut.loader$complete ;
    (* hierconn *) wire \dut.loader$refused ;
    reg [1:0] frame = 0;
    reg [7:0] address = 0;
    wire [7:0] number = frame == 3 ? 2 : frame;
    wire [7:0] opcode = frame == 0 ? 1 : frame == 1 ? 2 : 7;
    always @(posedge clock) begin
        frame <= frame + (take && frame != 3);
        address <= \dut.link$read_address ;
    end
    always @(*) begin
        assume (frame_valid && \dut.link$frame_length == (frame == 0 ? 3 : frame == 1 ? 7 : 2));
        assume (\dut.link$read_data == (address == 0 ? number : address == 1 ? opcode : frame == 0));
        assume (answered == answering && \dut.event_reader$done == reading_events && \dut.core$done == ticking);
        assume (!\dut.event_reader$bad_channel && !\dut.event_reader$bad_order );
        assume (\dut.loader$complete && !\dut.loader$refused && !\dut.counters$busy );
        assume (\dut.core$busy == (ticking || had_restart) && !\dut.core$delivering && !\dut.link$composing );
    end
`endif
`ifdef INDUCTION
    localparam WAITING = 0, FETCHING = 1, DECODING = 2, JUDGING = 3, RESENDING = 4, LOAD_STARTING = 5, LOAD_FETCHING = 6,
        LOAD_PUSHING = 7, LOAD_ENDING = 8, RESTARTING = 9, READING = 10, EVENTS = 11, EVENTS_TAKEN = 12, TICKING = 13,
        HOLDING = 14, ANSWERING = 15, COUNTING = 16;
    (* hierconn *) wire [4:0] \dut.phase$q ;
    (* hierconn *) wire [7:0] \dut.at$q ;
    (* hierconn *) wire [2:0] \dut.waited$q ;
    (* hierconn *) wire \dut.answers_frame$q ;
    (* hierconn *) wire \dut.keeps$q ;
    (* hierconn *) wire \dut.sequencer$is_next ;
    (* hierconn *) wire \dut.decoder$is_hello ;
    (* hierconn *) wire \dut.decoder$is_verify ;
    (* hierconn *) wire \dut.decoder.hello$d ;
    (* hierconn *) wire \dut.decoder.hello$q ;
    (* hierconn *) wire \dut.decoder.load$d ;
    (* hierconn *) wire \dut.decoder.load$q ;
    (* hierconn *) wire \dut.decoder.read$d ;
    (* hierconn *) wire \dut.decoder.read$q ;
    (* hierconn *) wire \dut.decoder.verify$d ;
    (* hierconn *) wire \dut.decoder.verify$q ;
    (* hierconn *) wire \dut.decoder.restart$d ;
    (* hierconn *) wire \dut.decoder.restart$q ;
    (* hierconn *) wire \dut.decoder.events$d ;
    (* hierconn *) wire \dut.decoder.events$q ;
    (* hierconn *) wire \dut.decoder.tick$d ;
    (* hierconn *) wire \dut.decoder.tick$q ;
    (* hierconn *) wire \dut.decoder.status$d ;
    (* hierconn *) wire \dut.decoder.status$q ;
    // The command, and its registers.
    wire [7:0] command = {\dut.decoder.hello$d , \dut.decoder.load$d , \dut.decoder.read$d , \dut.decoder.verify$d ,
        \dut.decoder.restart$d , \dut.decoder.events$d , \dut.decoder.tick$d , \dut.decoder.status$d };
    wire [7:0] decoded = {\dut.decoder.hello$q , \dut.decoder.load$q , \dut.decoder.read$q , \dut.decoder.verify$q ,
        \dut.decoder.restart$q , \dut.decoder.events$q , \dut.decoder.tick$q , \dut.decoder.status$q };
    wire [4:0] phase = \dut.phase$q ;
    wire [7:0] at = \dut.at$q ;
    wire has_turn = \dut.sequencer$synchronized && \dut.decoder$number == \dut.sequencer$expected ;
    wire in_execution = phase >= LOAD_STARTING && phase <= HOLDING;
    always @(*) begin
        assert (phase <= COUNTING);
        assert (answering == (phase == ANSWERING));
        assert (!answering || answers_frame == \dut.answers_frame$q );
        assert (reading_events == (phase == EVENTS));
        assert (reading_memory == (phase == READING));
        assert (ticking == (phase == TICKING));
        assert (!restarting || !\dut.core$busy || phase == RESTARTING);
        if (phase == FETCHING || phase == DECODING || phase == JUDGING || phase == RESENDING || in_execution)
            assert (frame_valid && n_answers == 0);
        if (phase >= DECODING && phase <= HOLDING) assert (\dut.answers_frame$q );
        if (phase == WAITING || phase == COUNTING) assert (n_answers == 0);
        if (answering) assert (n_answers == answers_frame && (!answers_frame || frame_valid));
        if (phase <= RESENDING || phase == COUNTING) assert (!was_executed && n_ticks == 0 && !was_greeted);
        if (answering && !answers_frame) assert (!was_executed && n_ticks == 0 && !was_greeted && !\dut.keeps$q );
        if (in_execution) assert (\dut.keeps$q && has_turn && !\dut.decoder$is_hello );
        if (answering && \dut.keeps$q ) assert (answers_frame && has_turn);
        if (answering && was_executed) assert (\dut.keeps$q );
        if (phase == JUDGING)
            assert (\dut.sequencer$is_next == (\dut.decoder$number == \dut.sequencer$expected ));
        if ((phase >= DECODING && phase <= HOLDING) || (answering && answers_frame)) assert (decoded == command);
        if (phase >= LOAD_FETCHING && phase <= LOAD_ENDING) assert (!core_works);
        if (n_ticks != 0) assert (phase == TICKING || phase == HOLDING || phase == ANSWERING);
        assert (n_ticks <= 1);
        if (answering && !answers_frame) assert (\dut.composer$shape == NACK && cycles == 0);
        if (!frame_valid) assert (cycles == 0);
        if (phase == READING) assert (\dut.decoder$is_verify || \dut.composer$n_words <= WORDS_MAX);
        if (phase == RESTARTING || phase >= EVENTS_TAKEN && phase <= HOLDING) assert (\dut.composer$shape != READ);
        // The path through the phases, in cycles.
        if (phase == WAITING) assert (cycles <= 2);
        if (phase == FETCHING) assert (at <= 8 && cycles <= 3 + at);
        if (phase == DECODING) assert (\dut.waited$q <= 2 && cycles <= 12 + \dut.waited$q );
        if (phase == JUDGING) assert (cycles <= 15);
        if (phase == RESENDING || phase == LOAD_STARTING) assert (cycles <= 16);
        if (phase >= LOAD_STARTING && phase <= LOAD_PUSHING) assert (\dut.link$frame_length >= 7);
        if (phase == LOAD_FETCHING) assert (at >= 6 && at < \dut.link$frame_length && cycles <= 17 + 2 * (at - 6));
        if (phase == LOAD_PUSHING) assert (at >= 7 && at <= \dut.link$frame_length && cycles <= 16 + 2 * (at - 6));
        if (phase == LOAD_ENDING) assert (\dut.waited$q <= 6 && cycles <= 507 + \dut.waited$q );
        if (phase >= RESTARTING && phase <= EVENTS) assert (cycles <= 514);
        if (phase == EVENTS_TAKEN) assert (cycles <= 515);
        if (phase == TICKING) assert (cycles <= 516);
        if (phase == HOLDING) assert (cycles <= 517);
        if (phase == ANSWERING) assert (cycles <= 520);
        if (phase == COUNTING) assert (cycles <= (\dut.waited$q != 0));
    end
`endif
endmodule
