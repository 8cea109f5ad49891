#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: check_flash.sh BOARD ELF -- prints how much flash a program leaves free, up to the configuration image or to
# the flash's end, and fails if that is less than SEAL_FLASH_FREE in the board's link.ld.
set -eu

board=$1
symbols=$(arm-none-eabi-nm "$2")

symbol() { # NAME
    local value
    value=$(sed -n "s/^\([0-9a-f]*\) . $1\$/\1/p" <<<"$symbols")
    [ -n "$value" ] || { echo "flash: $board: $1 is not defined" >&2; exit 1; }
    echo $((16#$value))
}

end=$(symbol seal_ld_code_end)
image=$(symbol SEAL_IMAGE)
wanted=$(symbol SEAL_FLASH_FREE)
free=$((image - end))
echo "$board: $free octets of flash are free, $wanted are required"
[ "$free" -ge "$wanted" ] || {
    echo "flash: $board: $free octets are free, $wanted are required; $((wanted - free)) too few" >&2
    exit 1
}
