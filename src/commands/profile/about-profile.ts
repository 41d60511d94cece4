import { text } from '../../sentences/text.ts';

/** What help says of an argument that names a profile. */
export const ABOUT_PROFILE = text("the profile's name", '配置名称');
