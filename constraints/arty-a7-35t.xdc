# Arty A7-35T. Generated from spec::board by `cargo xtask constraints`.
set_property -dict {PACKAGE_PIN E3 IOSTANDARD LVCMOS33} [get_ports {oscillator}]
set_property -dict {PACKAGE_PIN A9 IOSTANDARD LVCMOS33 PULLUP TRUE} [get_ports {rx}]
set_property -dict {PACKAGE_PIN D10 IOSTANDARD LVCMOS33} [get_ports {tx}]
set_property -dict {PACKAGE_PIN H5 IOSTANDARD LVCMOS33} [get_ports {leds$0}]
set_property -dict {PACKAGE_PIN J5 IOSTANDARD LVCMOS33} [get_ports {leds$1}]
set_property -dict {PACKAGE_PIN T9 IOSTANDARD LVCMOS33} [get_ports {leds$2}]
set_property -dict {PACKAGE_PIN T10 IOSTANDARD LVCMOS33} [get_ports {leds$3}]
create_clock -name oscillator -period 10.000 [get_ports {oscillator}]
