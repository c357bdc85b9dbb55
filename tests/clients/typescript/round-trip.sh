#!/bin/sh
# Make the TypeScript clients, compile them, and live a client's life through a gateway of their own.
# Usage: round-trip.sh GATEWAY_PROGRAM; needs node and npm.
set -eu
gateway=$(cd "$(dirname "$1")" && pwd)/gateway
cd "$(dirname "$0")"

npm install --no-package-lock --no-audit --no-fund --loglevel=error
npm run --silent generate
npm run --silent compile

folder=$(mktemp -d)
export GATEWAY_DATABASE_URL="sqlite:///$folder/register.db" GATEWAY_STORAGE_URL="$folder/documents"
GATEWAY_KEY=$("$gateway" bootstrap --company Acme --email team@acme.example --password Secret123)
export GATEWAY_KEY GATEWAY_URL=http://127.0.0.1:8765
"$gateway" serve --port 8765 --no-access-log &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
until node -e 'fetch(process.env.GATEWAY_URL + "/healthz").catch(() => process.exit(1))'; do sleep 0.2; done
npm run --silent round-trip
