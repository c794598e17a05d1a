#!/usr/bin/env bash
# Plants faults one by one in a copy of the last commit, runs the tests that should notice each, and lists those that nothing noticed.
# Faults are those of plant-faults.txt; arguments name the ones to plant, all unless given.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
list=$PWD/tests/scripts/plant-faults.txt
scratch=$(mktemp -d)
copy=$scratch/copy
trap 'git worktree remove --force "$copy" >/dev/null 2>&1; rm -rf "$scratch"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

git worktree add --quiet --detach "$copy" HEAD || exit 2
cd "$copy" || exit 2

# Every test project once; after that a fault costs the build of one library, which takes the place of the sound one beside the tests.
projects=$(awk -F': ' '$1 == "tests" { split($2, part, " "); print part[1] }' "$list" | sort -u)
for project in $projects; do
    dotnet build "tests/$project" -c Release >"$scratch/build.log" 2>&1 || { tail -20 "$scratch/build.log"; exit 2; }
done

planted=0 unusable=0
survivors=()

build_and_test() { # library, test project, filter
    local library=$1 project=$2 filter=$3 output
    dotnet build "src/$library" -c Release --no-restore --no-dependencies -p:RunAnalyzers=false >"$scratch/build.log" 2>&1 || return 3
    output=$(echo "src/$library/bin/Release/"*"/MicroGpt.$library.dll")
    cp "$output" "tests/$project/bin/Release/net10.0/"
    # A fault may make an endless loop.
    timeout 600 dotnet test "tests/$project" -c Release --no-build --filter "$filter" >"$scratch/test.log" 2>&1
    local status=$?
    if [ $status -eq 0 ] && ! grep -q '^ *Passed! ' "$scratch/test.log"; then
        return 3 # The filter meets no test.
    fi
    return $((status != 0))
}

plant() { # name, file, old text, new text, test project, filter
    local name=$1 file=$2 old=$3 new=$4 project=$5 filter=$6 text library
    [ -f "$file" ] && text=$(cat "$file"; echo x) || text=x
    case $text in
        *"$old"*) ;;
        *) echo "UNUSABLE  $name: $file does not contain: $old"; unusable=$((unusable + 1)); return ;;
    esac
    library=${file#src/}
    library=${library%%/*}
    cp "$file" "$scratch/sound"
    cp "tests/$project/bin/Release/net10.0/MicroGpt.$library.dll" "$scratch/sound.dll"
    printf '%s' "${text/"$old"/"$new"}" | sed '$ s/x$//' >"$file"
    planted=$((planted + 1))
    build_and_test "$library" "$project" "$filter"
    case $? in
        0) echo "SURVIVED  $name"; survivors+=("$name") ;;
        1) echo "noticed   $name: $(grep -cE '^ +Failed ' "$scratch/test.log") tests failed" ;;
        *) echo "UNUSABLE  $name: it does not compile, or no test was run"; tail -3 "$scratch/build.log"; unusable=$((unusable + 1)) ;;
    esac
    cp "$scratch/sound" "$file"
    cp "$scratch/sound.dll" "tests/$project/bin/Release/net10.0/MicroGpt.$library.dll"
}

wanted=" $* "
while IFS= read -r line; do
    key=${line%%: *} value=${line#*: }
    case $key in
        fault) name=$value ;;
        file) file=$value ;;
        old) old=$value ;;
        new) new=$value ;;
        tests)
            if [ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]]; then
                plant "$name" "$file" "$old" "$new" "${value%% *}" "${value#* }"
            fi ;;
    esac
done <"$list"

echo
echo "$planted faults planted, ${#survivors[@]} survived, $unusable unusable"
[ ${#survivors[@]} -eq 0 ] && [ $unusable -eq 0 ]
