# PostgreSQL as its own user, on a volume that is made ready once.
set -eu
for bin in /usr/lib/postgresql/*/bin; do :; done
as_postgres() { setpriv --reuid postgres --regid 70 --clear-groups "$@"; }
chown 70:70 "$PGDATA"
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  umask 077
  echo "$PGPASSWORD" >/tmp/password
  chown 70:70 /tmp/password
  as_postgres "$bin/initdb" --username shop --pwfile /tmp/password --auth scram-sha-256 --encoding UTF8 --locale C
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "create database shop" | as_postgres "$bin/postgres" --single postgres >/dev/null
fi
exec setpriv --reuid postgres --regid 70 --clear-groups "$bin/postgres" -c listen_addresses='*'
