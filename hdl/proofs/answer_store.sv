// A slot that was composed or requested again is sent once: its bytes from the first on, each once, in order, as written, up to
// the first 0. It is `pending` until then, and is not changed. The line never waits long while a slot is pending. Proven for an
// arbitrary byte of an arbitrary slot; encoder, queue and transmitter have the properties of their own proofs.
module proof(input clock, input open, input [3:0] slot, input data_valid, input [7:0] data, input close, resend,
    input [3:0] resend_slot);
    localparam SLOTS = `SLOTS, SLOT_BITS = `SLOT_BITS, GAP = 4;

    wire composing, idle, tx;
    wire [15:0] pending;
    `BLOCK dut(
        .clock(clock), .open(open), .slot(slot), .data_valid(data_valid), .data(data), .close(close), .composing(composing),
        .resend(resend), .resend_slot(resend_slot), .pending(pending), .idle(idle), .tx(tx)
    );
    (* hierconn *) wire \dut.encoder$composing ;
    (* hierconn *) wire \dut.encoder$done ;
    (* hierconn *) wire \dut.encoder$write_enable ;
    (* hierconn *) wire [7:0] \dut.encoder$write_address ;
    (* hierconn *) wire [7:0] \dut.encoder$write_data ;
    (* hierconn *) wire \dut.queue$write ;
    (* hierconn *) wire [3:0] \dut.queue$slot_in ;
    (* hierconn *) wire \dut.queue$valid ;
    (* hierconn *) wire [3:0] \dut.queue$slot_out ;
    (* hierconn *) wire \dut.queue$read ;
    (* hierconn *) wire \dut.transmitter$valid ;
    (* hierconn *) wire \dut.transmitter$ready ;
    (* hierconn *) wire [7:0] \dut.transmitter$data ;
    (* hierconn *) wire [SLOT_BITS+7:0] \dut.memory.watched_address ;
    wire [3:0] watched_slot = \dut.memory.watched_address [SLOT_BITS+7:8];
    wire [7:0] watched_place = \dut.memory.watched_address [7:0];
    wire queues = \dut.queue$write , takes = \dut.queue$read ;
    wire [3:0] queued_slot = \dut.queue$slot_in , taken_slot = \dut.queue$slot_out ;
    wire sends = \dut.transmitter$valid && \dut.transmitter$ready ;
    wire writes = \dut.encoder$write_enable ;

    // What is composed, queued, sent.
    reg is_open = 0;
    reg [3:0] open_slot = 0;
    reg [15:0] queued = 0;
    reg sending = 0, sends_watched = 0;
    reg [7:0] place = 0;
    // The watched byte.
    reg is_written = 0;
    reg [7:0] written = 0;
    // The previous cycle.
    reg was_composing = 0;
    reg [15:0] was_pending = 0;
    reg last_resend = 0, last_open = 0;
    // Cycles in which the transmitter waits for a byte.
    reg [2:0] waited = 0;
    wire ends = sends && \dut.transmitter$data == 0;
    always @(posedge clock) begin
        if (\dut.encoder$done ) is_open <= 0;
        if (open) begin
            is_open <= 1;
            open_slot <= slot;
        end
        if (takes) queued[taken_slot] <= 0;
        if (queues) queued[queued_slot] <= 1;
        if (sends) place <= place + 1;
        if (ends) {sending, sends_watched} <= 0;
        if (takes) begin
            sending <= 1;
            sends_watched <= taken_slot == watched_slot;
            place <= 0;
        end
        if (writes && open_slot == watched_slot && \dut.encoder$write_address == watched_place) begin
            is_written <= 1;
            written <= \dut.encoder$write_data ;
        end
        {was_composing, was_pending, last_resend, last_open} <= {composing, pending, resend, open};
        waited <= \dut.transmitter$ready && !sends && (sending || queued != 0) ? waited + (waited != 7) : 0;
    end

    always @(*) begin
        assume (!open || (!is_open && slot < SLOTS && !pending[slot]));
        assume (!resend || (!is_open && resend_slot < SLOTS && !open));
        // The properties of the blocks.
        assume (\dut.encoder$composing == is_open);
        assume (!(\dut.encoder$done || writes) || is_open);
        assume (\dut.queue$valid == (queued != 0));
        assume (!\dut.queue$valid || queued[taken_slot]);
    end

    always @(*) begin
        no_slot_waits_twice: assert (!queues || (queued_slot < SLOTS && !queued[queued_slot] && !pending[queued_slot]));
        what_is_composed_is_queued: assert (!\dut.encoder$done || (queues && queued_slot == open_slot));
        what_is_asked_for_is_queued: assert (!resend || pending[resend_slot] || (queues && queued_slot == resend_slot));
        nothing_else_is: assert (!queues || \dut.encoder$done || resend);
        one_slot_after_the_other: assert (!takes || (\dut.queue$valid && !sending));
        pending_says_so: assert (watched_slot >= SLOTS || pending[watched_slot] == (queued[watched_slot] || sends_watched));
        only_pending_slots_are_sent: assert (!sends || sending);
        bytes_are_as_they_were_composed: assert (!sends || !sends_watched || place != watched_place || !is_written
            || \dut.transmitter$data == written);
        a_pending_slot_stands_still: assert (!writes || !pending[open_slot]);
        a_free_slot_stays_free: assert (last_resend || last_open || was_composing
            || (!composing && (pending & ~was_pending) == 0));
        idle_says_so: assert (idle == (\dut.transmitter$ready && queued == 0 && !sending));
        the_line_never_waits_long: assert (waited <= GAP);
        a_slot_is_sent: cover (ends && sends_watched && place == 2);
        it_is_sent_again: cover (ends && sends_watched && is_written && watched_place == 0 && queued != 0);
    end

`ifdef INDUCTION
    (* hierconn *) wire \dut.is_sending$q ;
    (* hierconn *) wire \dut.is_fetched$q ;
    (* hierconn *) wire \dut.is_offered$q ;
    (* hierconn *) wire \dut.is_delimiter$q ;
    (* hierconn *) wire [3:0] \dut.sent_slot$q ;
    (* hierconn *) wire [7:0] \dut.send_at$q ;
    (* hierconn *) wire [3:0] \dut.open_slot$q ;
    (* hierconn *) wire [7:0] \dut.memory.watched_word ;
    wire [3:0] sent_slot = \dut.sent_slot$q ;
    wire [15:0] slots = (17'd1 << SLOTS) - 1;
    wire [15:0] sent = sending ? 16'd1 << sent_slot : 0;
    always @(*) begin
        assert (\dut.is_sending$q == sending);
        assert (!(\dut.is_fetched$q || \dut.is_offered$q ) || sending);
        assert (!\dut.is_offered$q || \dut.is_fetched$q );
        assert (pending == (queued | sent) && (pending & ~slots) == 0 && (queued & sent) == 0);
        assert (!is_open || (open_slot < SLOTS && !pending[open_slot] && \dut.open_slot$q == open_slot));
        assert (!is_written || \dut.memory.watched_word == written);
        if (sending) begin
            assert (sent_slot < SLOTS && sends_watched == (sent_slot == watched_slot) && \dut.send_at$q == place);
            assert (waited <= 1 + \dut.is_fetched$q + \dut.is_offered$q );
        end
        if (!sending) assert (!sends_watched && waited <= 1);
        if (\dut.is_fetched$q && sends_watched && place == watched_place)
            assert (\dut.transmitter$data == \dut.memory.watched_word );
        if (\dut.is_offered$q ) assert (\dut.is_delimiter$q == (\dut.transmitter$data == 0));
    end
`endif
endmodule
