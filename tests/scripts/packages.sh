#!/usr/bin/env bash
# Packs MicroGpt, and uses the packages as a stranger would: in an empty folder, with the packed feed beside the user's packages and a home of its
# own, so that nothing under the user's changes.
#   tests/scripts/packages.sh            all cases but 'native', which tests/scripts/native.sh prepares
#   tests/scripts/packages.sh trainer    some
# MICROGPT_PACK_OPTIONS are handed to 'dotnet pack', such as '--no-build'.
# MICROGPT_LOAD_ROUNDS says how long the case load goes on: 6 rounds, unless it says otherwise.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

repository=$PWD
version=0.0.0-test$(date +%s)$$
user_packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MSBuildSDKsPath MSBUILD_EXE_PATH MSBuildExtensionsPath MSBuildLoadMicrosoftTargetsReadOnly
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

fail() {
    echo "failed: $1" >&2
    exit 1
}

# A command whose output is shown only if it fails; it stays in $work/log.
quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }
}

# A command that must fail; its output stays in $work/log.
refused() {
    if "$@" >"$work/log" 2>&1; then fail "succeeded: $*"; fi
}

says() {
    grep -qF -- "$1" "$work/log" || { cat "$work/log" >&2; fail "not said: $1"; }
}

# As many errors, whatever the number of times that the build repeats one.
errors() {
    local found
    found=$(grep -oE "error [A-Z]+[0-9]+: [^[]*" "$work/log" | sort -u)
    [ "$(grep -c . <<<"$found")" -eq "$1" ] || { echo "$found" >&2; fail "not $1 error(s)"; }
}

pack() {
    local project
    for project in src/Core/Core.csproj src/Runner/Library/Runner.Library.csproj src/Templates/Templates.csproj; do
        # shellcheck disable=SC2086
        quietly dotnet pack "$project" -c "${MICROGPT_CONFIGURATION:-Release}" -o "$work/feed" -p:Version="$version" ${MICROGPT_PACK_OPTIONS:-}
    done
    export DOTNET_CLI_HOME=$work/home NUGET_PACKAGES=$work/packages
    cat >"$work/nuget.config" <<EOF
<configuration>
  <packageSources>
    <add key="packed" value="$work/feed" />
  </packageSources>
  <fallbackPackageFolders>
    <add key="user" value="$user_packages" />
  </fallbackPackageFolders>
</configuration>
EOF
    cd "$work"
    quietly dotnet new install "$work/feed/MicroGpt.Templates.$version.nupkg"
}

# A project of the template in a folder of its own, which becomes the current one.
create() {
    quietly dotnet new "${2:-microgpt}" -o "$work/$1"
    cd "$work/$1"
    grep -qx 'bin/' .gitignore || fail "the project has no .gitignore"
}

trains() {
    quietly dotnet run -c Release "$@"
    says "step 1,000/1,000"
    says "sample 20:"
}

# ---- the cases ----

trainer() {
    create Mine
    trains
    says "1 layer,"
    [ -f "$NUGET_PACKAGES/microgpt/$version/analyzers/dotnet/roslyn4.14/cs/MicroGpt.CodeFixes.dll" ] || fail "the package has nothing for editors"
    [ -f obj/Generated/MicroGpt.Generator/MicroGpt.Generator.MicroGptGenerator/NamesGpt.Forward.g.cs ] || fail "the generated code is not on disk"
    sed -i 's/NLayer = 1/NLayer = 2/' Model.cs
    trains
    says "2 layers,"
    sed -i 's/NHead = 4/NHead = 3/' Model.cs
    refused dotnet build -c Release
    says "error MGPT008"
    errors 1
}

# A project of models that does not have what the package MicroGpt says of such projects; and a compiler that cannot load the generator.
wrong() {
    create Wrong
    cp Wrong.csproj right
    sed -i '/Include="MicroGpt" /d' Wrong.csproj
    refused dotnet build -c Release
    says "error MGPT017"
    errors 1
    sed 's|Include="MicroGpt" |&ExcludeAssets="build" |' right >Wrong.csproj
    refused dotnet build -c Release
    says "error MGPT017"
    errors 1
    sed 's|Include="MicroGpt" |&ExcludeAssets="analyzers" |' right >Wrong.csproj
    quietly dotnet build -c Release

    # Of another project, from which the library and the generator come over, and what the package sets does not.
    mkdir ../By
    sed '/Include="MicroGpt/d; s|</Project>|<ItemGroup><ProjectReference Include="../Wrong/Wrong.csproj" /></ItemGroup>&|' right >../By/By.csproj
    sed 's/class NamesGpt/class Other/; s/namespace Wrong/namespace By/' Model.cs >../By/Model.cs
    cp Program.cs ../By
    sed -i 's/Wrong/By/' ../By/Program.cs
    sed 's/<OutputType>Exe/<OutputType>Library/' right >Wrong.csproj
    mv Program.cs program
    refused dotnet build -c Release ../By
    says "error MGPT017"
    errors 1
    says "By/Model.cs"
    mv program Program.cs
    cp right Wrong.csproj
    refused dotnet build -c Release -p:CompilerApiVersion=roslyn4.8
    says "error MGPT301"
    errors 1
}

names() {
    local name
    for name in System.Trainer Batch my-trainer 1st; do
        create "$name"
        trains
        cd "$work"
    done
}

central() {
    create Central
    sed -i 's/ Version="[^"]*"//' Central.csproj
    cat >Directory.Packages.props <<EOF
<Project>
  <PropertyGroup>
    <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
  </PropertyGroup>
  <ItemGroup>
    <PackageVersion Include="MicroGpt" Version="$version" />
    <PackageVersion Include="MicroGpt.Runner" Version="$version" />
  </ItemGroup>
</Project>
EOF
    trains
}

strict() {
    create Strict
    trains -p:Nullable=disable
    trains -p:Nullable=enable -p:TreatWarningsAsErrors=true -p:GenerateDocumentationFile=true -p:ImplicitUsings=enable -p:RunAnalyzers=true \
        -p:AnalysisLevel=latest-recommended
}

# Specs in two assemblies: a library of models beside the program's own.
assemblies() {
    create Two
    quietly dotnet new microgpt -o "$work/Lent"
    sed -i 's/class NamesGpt/class LentGpt/' ../Lent/Model.cs
    rm ../Lent/Program.cs
    sed -i 's/<OutputType>Exe/<OutputType>Library/' ../Lent/Lent.csproj
    sed -i 's|</Project>|<ItemGroup><ProjectReference Include="../Lent/Lent.csproj" /></ItemGroup></Project>|' Two.csproj
    cat >Program.cs <<EOF
using MicroGpt.Runner;

return RunnerApp.Run(args, [.. Two.CompiledModels.All, .. Lent.CompiledModels.All], RunnerConsole.OfProcess());
EOF
    trains -- --model NamesGpt
    trains -- --model LentGpt
}

# Starts the service of the current project; its address is in $address then, its process in $process.
start_service() {
    quietly dotnet run -c Release --no-build -- train --data names.txt --save run
    listen dotnet "bin/Release/net10.0/$(basename "$PWD").dll"
}

# Starts a service by its command, and waits until it listens.
listen() {
    : >"$work/service"
    "$@" --urls http://127.0.0.1:0 --Logging:LogLevel:Microsoft.AspNetCore=Warning >"$work/service" 2>&1 &
    process=$!
    # shellcheck disable=SC2064
    trap "kill $process" EXIT
    for _ in $(seq 300); do
        address=$(sed -nE 's/.*Now listening on: (.*)/\1/p' "$work/service")
        [ -z "$address" ] || break
        sleep 0.1
    done
    [ -n "$address" ] || { cat "$work/service" >&2; fail "the service did not start"; }
}

# The data of a stream of events, in one line.
streamed() {
    sed -n 's/^data: //p' "$1" | tr -d '\n'
}

# The service: not without a trained model; then two hundred requests at once, which give what each gives alone, in one piece or many.
service() {
    local address process seed
    create Answers microgpt-service
    quietly dotnet build -c Release
    refused dotnet run -c Release --no-build
    says "Train the model first"
    start_service
    for seed in $(seq 200); do
        echo "url = \"$address/?seed=$seed\""
        echo "output = \"$work/alone-$seed\""
    done >"$work/alone"
    sed 's/alone-/together-/' "$work/alone" >"$work/together"
    quietly curl --fail --silent --show-error --config "$work/alone"
    quietly curl --fail --silent --show-error --parallel --parallel-max 200 --config "$work/together"
    for seed in $(seq 200); do
        cmp -s "$work/alone-$seed" "$work/together-$seed" || fail "seed $seed gives another name among others"
    done
    sed 's|/?|/stream?|; s/together-/streamed-/' "$work/together" >"$work/streamed"
    quietly curl --fail --silent --show-error --parallel --parallel-max 200 --config "$work/streamed"
    for seed in $(seq 200); do
        [ "$(streamed "$work/streamed-$seed")" = "$(cat "$work/alone-$seed")" ] || fail "seed $seed gives another name in pieces"
    done
    curl --silent --get --data-urlencode "text=anna" "$address/score" >"$work/log"
    says '"natsPerToken":'
    mistaken "?prompt=%C3%A9" "prompt: the character 'é'"
    mistaken "stream?prompt=%C3%A9" "prompt: the character 'é'"
    mistaken "score?text=%C3%A9" "text: the character 'é'"
    mistaken "score" "text: what is to be scored"
    mistaken "?seed=abc" "seed: a whole number of 64 bits is expected, not 'abc'"
    mistaken "stream?seed=1.5" "seed: a whole number of 64 bits is expected, not '1.5'"
    mistaken "?temperature=hot" "temperature: a number from 0 to 100 is expected, not 'hot'"
    mistaken "stream?temperature=NaN" "temperature: a number from 0 to 100 is expected, not 'NaN'"

    # A name that ends where its prompt does is no piece, and still an answer.
    curl --silent "$address/stream?prompt=annamariaanneliese" >"$work/log"
    says "event: end"
}

# A request that is a mistake of the caller: its answer says which.
mistaken() {
    curl --silent --write-out '%{http_code}' "$address/$1" >"$work/log"
    says "$2"
    says "400"
}

# Resident memory of the service, in MB.
resident() {
    awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$process/status"
}

# Streams of different seeds; one without its last event is an error. What was counted is printed in one line.
write_wrk_script() {
    cat >"$work/load.lua" <<'EOF'
local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
    thread:set("seed", #threads * 1000000)
end

function init()
    tokens, broken = 0, 0
end

function request()
    seed = seed + 1
    return wrk.format("GET", "/stream?seed=" .. seed)
end

function response(status, headers, body)
    local _, count = body:gsub("data: [^\n]", "")
    tokens = tokens + count
    if status ~= 200 or not body:find("event: end", 1, true) then
        broken = broken + 1
    end
end

function done(summary)
    local tokens, e = 0, summary.errors
    local errors = e.connect + e.read + e.write + e.timeout
    for _, thread in ipairs(threads) do
        tokens = tokens + thread:get("tokens")
        errors = errors + thread:get("broken")
    end
    print(string.format("counted %d %d %d %d", summary.requests, tokens, errors, summary.duration / 1000))
end
EOF
}

# Streams, fifty at a time: of wrk for ten seconds, where there is one, else 5,000 of curl. $streams, $tokens and $milliseconds say how many.
load_once() {
    local errors started
    if command -v wrk >/dev/null; then
        quietly wrk --threads 1 --connections 50 --duration 10s --timeout 30s --script "$work/load.lua" "$address"
        read -r streams tokens errors milliseconds < <(sed -n 's/^counted //p' "$work/log")
        [ "$errors" -eq 0 ] || { cat "$work/log" >&2; fail "$errors errors"; }
        return
    fi
    started=$(date +%s%N)
    curl --fail --silent --show-error --parallel --parallel-max 50 --config "$work/load" >"$work/tokens" 2>"$work/log" || { cat "$work/log" >&2; fail "a request failed"; }
    milliseconds=$((($(date +%s%N) - started) / 1000000))
    streams=$(grep -c '^event: end' "$work/tokens")
    tokens=$(grep -c '^data: .' "$work/tokens")
    [ "$streams" -eq 5000 ] || fail "$streams of 5000 streams ended"
}

# The service under load, from a second process on the same machine, with readers that leave.
load() {
    local address process warm after round streams tokens milliseconds
    create Loaded microgpt-service
    quietly dotnet build -c Release
    start_service
    write_wrk_script
    for ((seed = 1; seed <= 5000; seed++)); do
        echo "url = \"$address/stream?seed=$seed\""
    done >"$work/load"
    load_once
    warm=$(resident)
    for ((round = 1; round <= ${MICROGPT_LOAD_ROUNDS:-6}; round++)); do
        load_once
        after=$(resident)
        echo "round $round: $streams streams, $tokens tokens, $((tokens * 1000 / milliseconds)) tokens/s, $((streams * 1000 / milliseconds)) streams/s, no error; $after MB"

        # Their readers leave at once.
        for ((seed = 1; seed <= 100; seed++)); do
            (exec 3<>"/dev/tcp/127.0.0.1/${address##*:}" && printf 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n' >&3) || fail "no connection"
        done
    done
    echo "memory: $warm MB after the first round, $after MB after the last"
    [ "$after" -le $((warm + 30)) ] || fail "memory grows"
    ! grep -q "fail:\|crit:\|Unhandled" "$work/service" || { cat "$work/service" >&2; fail "the service complains"; }
}

# Native programs of the templates, without .NET on the path. The compiler's packages must have been restored before, as by native.sh.
native() {
    create Native
    trains -- train --data names.txt --log managed.csv
    MICROGPT_VECTOR_BITS=256 quietly dotnet run -c Release --no-build -- train --data names.txt --log managed.csv --overwrite
    quietly dotnet publish -c Release -p:PublishAot=true -o native
    if grep -q "warning" "$work/log"; then cat "$work/log" >&2; fail "a warning"; fi
    mkdir empty
    cd empty
    quietly env -i "$work/Native/native/Native" train --data ../names.txt --log native.csv
    cmp native.csv ../managed.csv || fail "other losses"
    native_service
}

# The service compiled natively gives what the managed one does, of the same trained model.
native_service() {
    local address process seed
    create NativeService microgpt-service
    quietly dotnet build -c Release
    start_service
    answers "$work/managed-answers"
    kill "$process"
    quietly dotnet publish -c Release -p:PublishAot=true -o native
    if grep -q "warning" "$work/log"; then cat "$work/log" >&2; fail "a warning"; fi
    listen env -i native/NativeService
    answers "$work/native-answers"
    diff -r "$work/managed-answers" "$work/native-answers" || fail "the native service gives other answers"
}

# What the service at $address answers to requests of each kind, right and wrong, in files of a folder.
answers() {
    mkdir "$1"
    curl --silent "$address/?seed=7" >"$1/name"
    curl --silent "$address/stream?seed=7&prompt=an" >"$1/stream"
    curl --silent "$address/score?text=anna" >"$1/score"
    curl --silent --write-out '%{http_code}' "$address/?temperature=-1" >"$1/temperature"
    curl --silent --write-out '%{http_code}' "$address/score?text=%C3%A9" >"$1/unknown"
    grep -q '"natsPerToken":' "$1/score" || fail "no score: $(cat "$1/score")"
    grep -q '400$' "$1/unknown" || fail "a text that it cannot read is no mistake of the caller: $(cat "$1/unknown")"
}

# Without native, which needs a package that no feed of this script has.
usual="service trainer wrong names central strict assemblies load"
all="$usual native"
for case in "${@:-$usual}"; do
    for name in $case; do
        grep -qw -- "$name" <<<"$all" || fail "there is no case '$name': $all"
    done
done

pack
for case in "${@:-$usual}"; do
    for name in $case; do
        ("$name")
        echo "$name: passed"
    done
done
[ ! -e "$user_packages/microgpt" ] || [ ! -e "$user_packages/microgpt/$version" ] || fail "the packages went into the user's folder"
