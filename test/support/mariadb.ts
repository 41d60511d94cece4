/** A real MariaDB of a test file, with the tables that 微管家 makes. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mysql2/promise';
import { onTestFinished } from 'vitest';
import { installed } from './installed.ts';
import { eventually, freePort } from './processes.ts';

const SERVER = installed(['mariadbd', '/usr/sbin/mariadbd'], 'taking over from 微管家 is not tested');
export const hasMariadb = SERVER !== undefined;

export interface TestMariadb {
  port: number;
  connection: Connection;
}

/** A user `reader` with the password `planted-Password` may only read the database `wxcomponent`. */
export async function ownMariadb(): Promise<TestMariadb> {
  const folder = mkdtempSync(join(tmpdir(), 'wxop-mariadb-'));
  const data = join(folder, 'data');
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const made = spawnSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`mariadb-install-db ended with ${made.status}\n${made.stdout}${made.stderr}`);
  const port = await freePort();
  const server = spawn(
    SERVER ?? '',
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(folder, 's')}`,
      // What the deployment's containers run in is told by the zone of its program, not of its database.
      '--default-time-zone=+00:00',
      ...user,
    ],
    { stdio: 'ignore' },
  );
  const connection = await eventually(() =>
    createConnection({ host: '127.0.0.1', port, user: 'root', multipleStatements: true }).catch(() => {
      if (server.exitCode !== null) throw new Error(`mariadbd ended with ${server.exitCode}`);
      return undefined;
    }),
  );
  onTestFinished(() => {
    connection.destroy();
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await connection.query(TABLES);
  return { port, connection };
}

/** As db/init.go of wxcomponent makes them, without what nothing here reads. */
const TABLES = `
CREATE DATABASE wxcomponent CHARACTER SET utf8;
USE wxcomponent;
CREATE TABLE comm (\`key\` VARCHAR(64) NOT NULL PRIMARY KEY, value TEXT NOT NULL,
  createtime TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updatetime TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP) ENGINE=InnoDB;
CREATE TABLE wxtoken (id INT AUTO_INCREMENT PRIMARY KEY, type INT NOT NULL, appid VARCHAR(128) NOT NULL UNIQUE,
  token TEXT NOT NULL, expiretime TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB;
CREATE TABLE authorizers (id INT AUTO_INCREMENT PRIMARY KEY, appid VARCHAR(32) NOT NULL UNIQUE, apptype INT NOT NULL,
  servicetype INT NOT NULL DEFAULT 0, nickname VARCHAR(32) NOT NULL DEFAULT '', refreshtoken VARCHAR(128) NOT NULL,
  funcinfo VARCHAR(128) NOT NULL DEFAULT '', authtime TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB;
CREATE TABLE wxcallback_component (id INT AUTO_INCREMENT PRIMARY KEY,
  receivetime TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, createtime TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  infotype VARCHAR(64) NOT NULL, postbody TEXT NOT NULL, KEY (receivetime)) ENGINE=InnoDB;
CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'planted-Password';
GRANT SELECT ON wxcomponent.* TO reader@'127.0.0.1';
`;
