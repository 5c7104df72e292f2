// A bot on discord.js and @discordjs/voice that joins a voice channel and plays a file. It says on stdout, one JSON
// object a line, what happens to it.
import { createReadStream } from 'node:fs';
import { Client, Events, GatewayIntentBits } from 'discord.js';
import {
  AudioPlayerStatus,
  StreamType,
  VoiceConnectionStatus,
  createAudioPlayer,
  createAudioResource,
  entersState,
  joinVoiceChannel,
} from '@discordjs/voice';

const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const limit = 30_000;

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
  rest: { api: process.env.STANDIN_API },
});

const play = async (connection) => {
  const player = createAudioPlayer();
  connection.subscribe(player);
  player.on('error', (error) => say('player_error', { message: error.message }));
  player.play(createAudioResource(createReadStream(process.env.SOUND), { inputType: StreamType.OggOpus }));
  await entersState(player, AudioPlayerStatus.Playing, limit);
  say('playing');
  await entersState(player, AudioPlayerStatus.Idle, limit);
  // The library's own count of the packets that it gave to its socket.
  say('played', { packets: connection.state.networking.state.connectionData.packetsPlayed });
};

client.once(Events.ClientReady, async () => {
  const channel = client.channels.cache.get(process.env.CHANNEL);
  const connection = joinVoiceChannel({
    channelId: channel.id,
    guildId: channel.guild.id,
    adapterCreator: channel.guild.voiceAdapterCreator,
    debug: true,
  });
  connection.on('debug', (message) => console.error(message));
  connection.on('error', (error) => say('error', { message: error.message }));
  connection.on('stateChange', (before, after) => {
    if (before.status !== after.status) say(`voice_${after.status}`);
  });
  await entersState(connection, VoiceConnectionStatus.Ready, limit);
  process.on('SIGUSR1', () => play(connection));
  process.on('SIGUSR2', () => connection.destroy());
  await play(connection);
});

process.on('SIGTERM', async () => {
  await client.destroy();
  process.exit(0);
});

await client.login(process.env.STANDIN_TOKEN);
