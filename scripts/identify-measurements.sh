#!/usr/bin/env bash
# Fits every public measurement in the folder NCM_DATA (docs/identify.md names their origins): card, pictures with residuals
# and report of each in out/measurements/. The program is that of the environment variable NCM, or dist/ncm. Names of
# fits as arguments make only those.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${NCM_DATA:-}" ]; then
    echo "passed over: NCM_DATA names no folder of measurements" >&2
    exit 0
fi
ncm=${NCM:-dist/ncm}
out=out/measurements
mkdir -p "$out"
wanted=" $* "

fit() {
    local name=$1 begun=$SECONDS
    shift
    if [ "$wanted" != "  " ] && [[ "$wanted" != *" $name "* ]]; then
        return
    fi
    echo "== $name"
    "$ncm" identify "$@" -o "$out/$name.toml" --plot "$out/$name.svg" >"$out/$name.txt"
    # The table of rivals: the second paragraph.
    sed -n '/^model/,/^$/p' "$out/$name.txt"
    echo "   $((SECONDS - begun)) s; the rest in $out/$name.txt"
}

c=$NCM_DATA/commercial
y=$NCM_DATA/yp50f_edlc_cell
# Below about 0.1 V the load of these discharges no longer holds its current.
fit maxwell-25f gcd "$c"/maxwell_25F_A3_dut1_0.3A.csv "$c"/maxwell_25F_A4_dut1_3.0A.csv --current=-0.3,-3 --v-min 0.3
fit vishay-25f gcd "$c"/vishay_25F_A3_dut1_0.3A.csv "$c"/vishay_25F_A4_dut1_3.0A.csv --current=-0.3,-3 --v-min 0.3
fit wuerth-25f gcd "$c"/wuerthelektronik_25F_A3_dut1_0.27A.csv "$c"/wuerthelektronik_25F_A3_dut1_2.7A.csv --current=-0.27,-2.7 --v-min 0.3
fit vishay-50f gcd "$c"/vishay_50F_A3_dut2_0.6A.csv --current=-0.6 --v-min 0.3
fit maxwell-25f-b1 gcd "$c"/maxwell_25F_B1_dut1_3.0A.csv --current=-3 --v-min 0.3
fit vishay-25f-b1 gcd "$c"/vishay_25F_B1_dut1_2.206A.csv --current=-2.206 --v-min 0.3
fit wuerth-25f-b1 gcd "$c"/wuerthelektronik_25F_B1_dut1_2.7A.csv --current=-2.7 --v-min 0.3
fit vishay-50f-b1 gcd "$c"/vishay_50F_B1_dut1_3.409A.csv --current=-3.409 --v-min 0.3
fit maxwell-25f-all gcd "$c"/maxwell_25F_{A3_dut1_0.3A,A4_dut1_3.0A,B1_dut1_3.0A}.csv --current=-0.3,-3,-3 --v-min 0.3
fit vishay-25f-all gcd "$c"/vishay_25F_{A3_dut1_0.3A,A4_dut1_3.0A,B1_dut1_2.206A}.csv --current=-0.3,-3,-2.206 --v-min 0.3
fit coin-cell eis "$NCM_DATA"/eis_maxwell_electrodes/maxwell_electrodes_TEABF4_ocv_coin_cell.csv --columns f='Frequency (Hz)',re='Re(Z)',-im='Im(Z)' --units re=ohm,im=ohm --bias 0
fit yp50f-eis eis "$y"/test_eis_{OCV,0p5V,1V}_before_aging.txt --bias 0,0.5,1
fit mxene eis "$NCM_DATA"/mxene_eis/MXene_EIS.csv --bias 0
fit yp50f-cv cv "$y"/cv_0p5mVps_before_aging_cycle3.csv "$y"/cv_5mVps_before_aging_cycle9.csv
