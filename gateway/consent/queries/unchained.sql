SELECT count() AS rows FROM consents WHERE chain = ''
