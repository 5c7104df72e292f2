// A bot on discord.js that says on stdout, one JSON object a line, what happens to it.
import { Client, Events, GatewayIntentBits } from 'discord.js';

const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates, GatewayIntentBits.GuildMessages],
  rest: { api: process.env.STANDIN_API },
});

client.on(Events.ShardReady, () => say('shard_ready'));
client.on(Events.ShardResume, (shard, replayed) => say('resumed', { replayed }));
client.on(Events.GuildCreate, (guild) => say('guild_joined', { id: guild.id }));
client.on(Events.GuildDelete, (guild) => say('guild_left', { id: guild.id }));
client.on(Events.Error, (error) => say('error', { message: error.message }));

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.commandName === 'interval') {
    await interaction.reply(`every ${interaction.options.getString('duration')}`);
  } else {
    await interaction.deferReply();
    await interaction.editReply('thought about it');
    await interaction.followUp('and again');
  }
  say('answered', { command: interaction.commandName, user: interaction.user.id });
});

client.once(Events.ClientReady, async () => {
  say('ready', { user: client.user.username, guilds: client.guilds.cache.map((guild) => guild.name) });
  await client.application.commands.set([
    {
      name: 'interval',
      description: 'How often.',
      options: [{ type: 3, name: 'duration', description: 'How long.', required: true }],
    },
    { name: 'slow', description: 'Takes its time.' },
  ]);
  const channel = client.channels.cache.find((candidate) => candidate.isTextBased() && !candidate.isVoiceBased());
  const message = await channel.send({ content: 'hello', files: [{ attachment: Buffer.from('text'), name: 'a.txt' }] });
  await message.edit('hello again');
  await message.delete();
  say('registered');
});

process.on('SIGTERM', async () => {
  await client.destroy();
  process.exit(0);
});

try {
  await client.login(process.env.STANDIN_TOKEN);
} catch (error) {
  say('login_failed', { code: error.code, message: error.message });
  process.exit(3);
}
