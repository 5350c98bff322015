declare module "bittorrent-protocol";
declare module "parse-torrent";
declare module "create-torrent";
