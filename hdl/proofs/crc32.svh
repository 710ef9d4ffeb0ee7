// CRC-32/ISO-HDLC as its definition says it: the register is all ones at first, and the checksum is its inverse.
function [31:0] crc32_step(input [31:0] register, input [7:0] data);
    integer bit_number;
    begin
        crc32_step = register ^ data;
        for (bit_number = 0; bit_number < 8; bit_number = bit_number + 1)
            crc32_step = crc32_step[0] ? (crc32_step >> 1) ^ 32'hedb88320 : crc32_step >> 1;
    end
endfunction
