#!/usr/bin/env bash
# Run once by the image of PostgreSQL, on its new and still private server: the owner of the schema, the service's role,
# which owns nothing, and the database. Their passwords are in the files that libpq reads.
set -euo pipefail
secrets=${SECRETS:-/run/secrets}

password() { cut -d: -f5 "$secrets/$1"; }
owner=$(password owner_pgpass) service=$(password service_pgpass)
export owner service # in the environment, not among the arguments that every process may read
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres << 'EOF_SQL'
\getenv owner owner
\getenv service service
create role tandem_owner login password :'owner';
create role tandem_service login password :'service';
create database tandem owner tandem_owner;
revoke connect, temporary on database tandem from public;
grant connect on database tandem to tandem_service;
EOF_SQL
