#!/usr/bin/env bash
# The paper's membranes from ions to parts: d = 1.5, 2, 3, 4, 5 nm with 6 sheets, compared with 6 and 20 sheets; and d = 2.5 nm,
# which no card is made from, to measure the interpolation. Writes the cards in models/membranes and the tables in docs/pipeline.md.
# Goes on where it was interrupted (out/membranes). Usage: scripts/membranes.sh NCM
set -euo pipefail
cd "$(dirname "$0")/.."
ncm=$1
out=out/membranes
mkdir -p "$out"
table=$out/table.md
echo '| d, nm | sheets | linear law | sqrt law | law found | linear law, rising C | TLM | TLM, rising C | law found, ngspice | time of NCM, ms | of mPNP, s | ratio |' > "$table"
echo '|---|---|---|---|---|---|---|---|---|---|---|---|' >> "$table"
law=$out/laws.md
echo '| d, nm | law found | error of dphi |' > "$law"
echo '|---|---|---|' >> "$law"
for d in 1.5 2 2.5 3 4 5; do
    for sheets in 6 20; do
        sed -e "s/slit_nm = .*/slit_nm = $d/" -e "s/^name = .*/name = \"$sheets sheets, $d nm\"/" \
            models/mpnp/"$sheets"-sheets-2-nm.toml > "$out/$sheets-sheets-$d-nm.toml"
    done
    "$ncm" pipeline "$out/6-sheets-$d-nm.toml" --check "$out/20-sheets-$d-nm.toml" \
        --name "membrane-${d/./p}nm" -o "$out/$d" --resume > "$out/$d.txt"
    awk -F'|' -v d="$d" -v OFS='|' '
        function trim(s) { gsub(/^ +| +$/, "", s); return s }
        /^\| (6-sheets|20-sheets)/ {
            case_ = trim($2); part = trim($3)
            if (!(case_ in sheets)) { order[++n] = case_; sheets[case_] = case_; sub(/-.*/, "", sheets[case_]) }
            off[case_, part] = trim($4); time[case_, part] = trim($6); whole[case_] = trim($7); ratio[case_, part] = trim($8)
        }
        END {
            for (k = 1; k <= n; k++) {
                c = order[k]
                spice = off[c, "xspice-found"]; if (spice == "") spice = off[c, "plain-found"]; if (spice == "") spice = "-"
                printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %.2f | %s | %s |\n", d, sheets[c], off[c, "linear"], off[c, "sqrt"], off[c, "found"], off[c, "rising"], off[c, "tlm"], off[c, "tlm-rising"], spice, 1000 * time[c, "linear"], whole[c], ratio[c, "linear"]
            }
        }' "$out/$d/report.md" >> "$table"
    sed -n "s/^\`dphi_V = \(.*\)\` (error \(.*\)), with.*/| $d | \`\1\` | \2 |/p" "$out/$d/report.md" >> "$law"
done
rise=$out/rise.md
echo '| d, nm | C at 0 V, F | c_rise | u_rise, V | misfit of Q/u | error of the linear law | with the inner slit'"'"'s charge |' > "$rise"
echo '|---|---|---|---|---|---|---|' >> "$rise"
for d in 1.5 2 2.5 3 4 5; do
    awk -v d="$d" '
        /^rising/ { sub(",", "", $8); c = $2; r = $8; u = $10; m = $13 }
        /^linear/ { e = $6 }
        /^with the charge of the inner slit/ { inner = $(NF - 1) }
        END { printf "| %s | %s | %s | %s | %s %% | %s %% | %s %% |\n", d, c, r, u, m, e, inner }
    ' "$out/$d/identify/report.txt" >> "$rise"
done
# Behind a door that has no form for a card there is no file.
for door in xspice osdi plain-ngspice plain-ltspice plain-pspice plain-xyce; do
    mkdir -p "models/membranes/${door/-//}"
done
for d in 1.5 2 3 4 5; do
    for kind in linear sqrt rising; do
        name=membrane-${d/./p}nm-$kind
        cp "$out/$d/cards/$kind.toml" "models/membranes/$name.toml"
        for door in xspice osdi plain-ngspice plain-ltspice plain-pspice plain-xyce; do
            [ ! -f "$out/$d/netlists/$door/$kind.lib" ] ||
                cp "$out/$d/netlists/$door/$kind.lib" "models/membranes/${door/-//}/$name.lib"
        done
    done
done
for part in currents laws rise; do
    case $part in
        currents) file=$table ;;
        laws) file=$law ;;
        rise) file=$rise ;;
    esac
    awk -v part="$part" -v file="$file" '
        index($0, "<!-- " part ":") { print; while ((getline line < file) > 0) print line; skip = 1; next }
        index($0, "<!-- end of " part) { skip = 0 }
        !skip' docs/pipeline.md > "$out/page.md"
    mv "$out/page.md" docs/pipeline.md
done
cp "$out/1.5/current-6-sheets.svg" docs/img/pipeline.svg
