import { openDatabase } from '@calseta/database';
import { connectRabbitmq } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { alertsApiProcessConfig } from './config.js';
import { createAlertsApi } from './service.js';
