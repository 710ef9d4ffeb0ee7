// Every queued number comes out once, in order; the queue never holds more numbers than there are slots.
module proof(input clock, input write, input [3:0] slot_in, input read);
    localparam SLOTS = `SLOTS;

    wire valid;
    wire [3:0] slot_out;
    \board$link$store$queue dut(
        .clock(clock), .write(write), .slot_in(slot_in), .valid(valid), .slot_out(slot_out), .read(read)
    );

    reg [15:0] queued = 0;
    reg [4:0] count = 0;
    always @(*) begin
        assume (!read || valid);
        assume (!write || (slot_in < SLOTS && !queued[slot_in]));
    end
    always @(posedge clock) begin
        if (read) queued[slot_out] <= 0;
        if (write) queued[slot_in] <= 1;
        count <= count + write - read;
    end

    // An arbitrary slot, and how many are before it.
    (* anyconst *) wire [3:0] chosen;
    reg [4:0] slots_before = 0;
    always @(posedge clock) begin
        if (read && slots_before != 0) slots_before <= slots_before - 1;
        if (write && slot_in == chosen) slots_before <= count - read;
    end

    always @(*) begin
        never_too_full: assert (count <= SLOTS);
        valid_says_so: assert (valid == (count != 0));
        what_comes_out_went_in: assert (!valid || queued[slot_out]);
        each_in_its_turn: assert (!valid || (slot_out == chosen) == (queued[chosen] && slots_before == 0));
        the_queue_fills: cover (count == SLOTS && slots_before == 2);
        it_works_while_full: cover (count == SLOTS && read);
    end

`ifdef INDUCTION
    (* hierconn *) wire [15:0] \dut.in_use$q ;
    (* hierconn *) wire [3:0] \dut.entries$0$q ;
    (* hierconn *) wire [3:0] \dut.entries$1$q ;
    (* hierconn *) wire [3:0] \dut.entries$2$q ;
    (* hierconn *) wire [3:0] \dut.entries$3$q ;
    (* hierconn *) wire [3:0] \dut.entries$4$q ;
    (* hierconn *) wire [3:0] \dut.entries$5$q ;
    (* hierconn *) wire [3:0] \dut.entries$6$q ;
    (* hierconn *) wire [3:0] \dut.entries$7$q ;
    (* hierconn *) wire [3:0] \dut.entries$8$q ;
    (* hierconn *) wire [3:0] \dut.entries$9$q ;
    (* hierconn *) wire [3:0] \dut.entries$10$q ;
    (* hierconn *) wire [3:0] \dut.entries$11$q ;
    (* hierconn *) wire [3:0] \dut.entries$12$q ;
    (* hierconn *) wire [3:0] \dut.entries$13$q ;
    (* hierconn *) wire [3:0] \dut.entries$14$q ;
    (* hierconn *) wire [3:0] \dut.entries$15$q ;
    wire [63:0] entries = {
        \dut.entries$15$q , \dut.entries$14$q , \dut.entries$13$q , \dut.entries$12$q ,
        \dut.entries$11$q , \dut.entries$10$q , \dut.entries$9$q , \dut.entries$8$q ,
        \dut.entries$7$q , \dut.entries$6$q , \dut.entries$5$q , \dut.entries$4$q ,
        \dut.entries$3$q , \dut.entries$2$q , \dut.entries$1$q , \dut.entries$0$q
    };
    reg [4:0] n_queued;
    integer i, j;
    always @(*) begin
        n_queued = 0;
        for (i = 0; i < 16; i = i + 1) n_queued = n_queued + queued[i];
        assert (count == n_queued && queued >> SLOTS == 0);
        assert (\dut.in_use$q == (17'd1 << count) - 1);
        for (i = 0; i < SLOTS; i = i + 1)
            if (i < count) begin
                assert (queued[entries[4 * i +: 4]]);
                assert ((entries[4 * i +: 4] == chosen) == (queued[chosen] && slots_before == i));
                for (j = 0; j < i; j = j + 1) assert (entries[4 * i +: 4] != entries[4 * j +: 4]);
            end
        assert (!queued[chosen] || slots_before < count);
    end
`endif
endmodule
